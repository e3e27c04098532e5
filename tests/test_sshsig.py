"""Detached SSH signatures, against real keys and the real ssh-keygen."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signing import (
    ENVIRON,
    KINDS,
    Key,
    Token,
    armored,
    blob_of,
    enveloped,
    make_key,
    mpint,
    signed,
    text,
    to_be_signed,
    tokens,
)

from itsmctl import sshsig
from itsmctl.errors import CannotJudge
from itsmctl.sshsig.known import KNOWN, MESSAGE, SPACE

NS = "approval@itsmctl"
WORDS = b"all that is signed\n"
Y8 = int.from_bytes(
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
)  # order 8
ALL = [*KINDS, "sk-ed25519", "sk-ecdsa"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Key | Token]:
    folder = tmp_path_factory.mktemp("keys")
    return {kind: make_key(folder, kind, kind) for kind in KINDS} | tokens()


def both(message: bytes, signature: bytes, public: str, namespace: str = NS) -> bool:
    """The answer that both ways of verifying give."""
    check = [sshsig.Check(message, signature, public, namespace)]
    said = sshsig.verify_many(check, ENVIRON, "openssh")
    assert said == sshsig.verify_many(check, {}, "in-process")  # with no PATH: it starts nothing
    return said[0]


# --- good and damaged, by each kind of key ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ALL)
def test_a_signature_holds_over_its_message_by_its_key_for_its_namespace_alone(
    keys: dict[str, Key | Token], kind: str
) -> None:
    key, other = keys[kind], keys["nistp384" if kind == "ed25519" else "ed25519"]
    signature = key.sign(WORDS)
    assert both(WORDS, signature, key.public)
    assert not both(WORDS + b"\n", signature, key.public)
    assert not both(WORDS[:-1], signature, key.public)
    assert not both(b"", signature, key.public)
    assert not both(WORDS, signature, other.public)
    assert not both(WORDS, signature, key.public, "git")
    assert not both(WORDS, key.sign(WORDS, "git"), key.public)
    assert both(WORDS, key.sign(WORDS, "git"), key.public, "git")


@pytest.mark.parametrize("kind", ALL)
def test_both_ways_say_no_to_the_same_damage_anywhere_in_a_signature(keys: dict[str, Key | Token], kind: str) -> None:
    key = keys[kind]
    blob = blob_of(key.sign(WORDS))
    step = max(1, len(blob) // 40)
    places = sorted({*range(0, len(blob), step), *range(len(blob) - 12, len(blob))})
    damaged = [blob[:at] + bytes([blob[at] ^ bit]) + blob[at + 1 :] for at in places for bit in (1, 0x80)]
    checks = [sshsig.Check(WORDS, armored(one), key.public, NS) for one in [*damaged, blob]]
    said = sshsig.verify_many(checks, ENVIRON, "openssh")
    assert said == sshsig.verify_many(checks, {}, "in-process")
    assert said == [False] * len(damaged) + [True]


@pytest.mark.parametrize("kind", ["sk-ed25519", "sk-ecdsa"])
def test_a_token_that_nobody_touched_signs_nothing(keys: dict[str, Key | Token], kind: str) -> None:
    token = keys[kind]
    assert isinstance(token, Token)
    assert not both(WORDS, token.sign(WORDS, flags=0), token.public)
    assert both(WORDS, token.sign(WORDS, flags=5), token.public)  # touched, and the PIN was given


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_both_message_digests_hold(keys: dict[str, Key | Token], digest: str) -> None:
    key = keys["ed25519"]
    assert isinstance(key, Key)
    signature = key.sign(WORDS, NS, "-O", f"hashalg={digest}")
    assert sshsig.parse_signature(signature).hash_algorithm == digest
    assert both(WORDS, signature, key.public)


@given(message=st.binary(max_size=200), junk=st.binary(max_size=400))
@settings(deadline=None, max_examples=150)
def test_any_bytes_are_a_signature_or_none_and_never_an_error(message: bytes, junk: bytes) -> None:
    public = sshsig.parse_signature(KNOWN["ssh-ed25519"]).key.line
    for candidate in (junk, armored(junk), armored(blob_of(KNOWN["ssh-ed25519"])[:20] + junk)):
        assert sshsig.verify_many([sshsig.Check(message, candidate, public, SPACE)], {}, "in-process") == [False]


# --- what is refused before anybody is asked ----------------------------------------------------------------------


def _inner(signature: bytes) -> tuple[bytes, bytes]:
    """(key blob, inner signature) of an ed25519 signature."""
    parsed = sshsig.parse_signature(signature)
    return parsed.key.blob, text(b"ssh-ed25519") + text(parsed.raw)


def test_a_signature_has_one_form(keys: dict[str, Key | Token]) -> None:
    signature = keys["ed25519"].sign(WORDS)
    key, inner = _inner(signature)
    blob = blob_of(signature)
    order = 2**252 + 27742317777372353535851937790883648493
    raw = sshsig.parse_signature(signature).raw
    larger = raw[:32] + (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    assert sshsig.parse_signature(enveloped(key, inner, digest="sha512")).namespace == NS
    for odd in (
        b"",
        signature + signature,
        signature + b"# good",
        b"\n" + signature,
        signature.replace(b"\n", b"\r\n"),
        signature.replace(b"SIGNATURE", b"MESSAGE"),
        armored(blob + b"\0"),
        armored(blob[:-1]),
        armored(b"SSHSIH" + blob[6:]),
        armored(blob[:9] + b"\2" + blob[10:]),  # the version
        armored(blob.replace(text(b"") + text(b"sha512"), text(b"x") + text(b"sha512"))),
        enveloped(key, inner, digest="sha1"),
        enveloped(key, inner, namespace="*"),
        enveloped(key, inner, namespace='a",cert-authority'),
        enveloped(key, inner + b"\0"),
        enveloped(key + b"\0", inner),
        enveloped(key, text(b"rsa-sha2-512") + inner[15:]),
        enveloped(key, text(b"ssh-ed25519") + text(larger)),  # the same signature, written otherwise
        enveloped(text(b"ssh-dss") + key, inner),
        signature[:-30] + b"=" + signature[-30:],
        b"-" * (1 << 17),
    ):
        with pytest.raises(ValueError, match=r"^[^\n]+$"):
            sshsig.parse_signature(odd)
        assert not both(WORDS, odd, keys["ed25519"].public)


def test_rsa_over_sha_1_is_no_signature(keys: dict[str, Key | Token]) -> None:
    parsed = sshsig.parse_signature(keys["rsa"].sign(WORDS))
    assert parsed.algorithm == "rsa-sha2-512"
    with pytest.raises(ValueError, match="does not sign with that algorithm"):
        sshsig.parse_signature(enveloped(parsed.key.blob, text(b"ssh-rsa") + text(parsed.raw)))


def test_numbers_of_an_ecdsa_signature_are_written_in_one_way(keys: dict[str, Key | Token]) -> None:
    parsed = sshsig.parse_signature(keys["nistp256"].sign(WORDS))
    name = text(b"ecdsa-sha2-nistp256")
    good = enveloped(parsed.key.blob, name + text(mpint(parsed.r) + mpint(parsed.s)))
    assert both(WORDS, good, keys["nistp256"].public)
    padded = text(b"\0\0" + parsed.r.to_bytes(32, "big"))
    for pair in (padded + mpint(parsed.s), text(b"") + mpint(parsed.s), mpint(parsed.r) + mpint(parsed.s) + b"\0"):
        assert not both(WORDS, enveloped(parsed.key.blob, name + text(pair)), keys["nistp256"].public)


@pytest.mark.parametrize("kind", ALL)
def test_fingerprints_are_those_of_ssh_keygen(keys: dict[str, Key | Token], kind: str, tmp_path: Path) -> None:
    file = tmp_path / "key.pub"
    file.write_text(keys[kind].public + "\n")
    told = subprocess.run(["ssh-keygen", "-l", "-f", file], capture_output=True, check=True, text=True).stdout
    assert sshsig.fingerprint(keys[kind].public) == told.split()[1]


def test_a_public_key_has_one_spelling(keys: dict[str, Key | Token]) -> None:
    good = keys["ed25519"].public
    kind, written = good.split()
    for odd in (
        "",
        written,
        f"{good} mari@example.org",
        f" {good}",
        f"{good}\n",
        f"{kind}  {written}",
        f"ssh-rsa {written}",
        f"cert-authority {good}",
        good[:-1],
        good + "=",
        f"{kind} {'A' * 68}",
        "ssh-ed25519-cert-v01@openssh.com " + written,
    ):
        with pytest.raises(ValueError, match=r"^[^\n]+$"):
            sshsig.fingerprint(odd)


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255 - 3, Y8, 2**255 - 19 - Y8])
def test_a_key_under_which_anybody_can_sign_is_no_key(y: int) -> None:
    import base64

    for sign in (0, 1 << 255):
        blob = text(b"ssh-ed25519") + text((y | sign).to_bytes(32, "little"))
        with pytest.raises(ValueError, match="only its owner"):
            sshsig.fingerprint(f"ssh-ed25519 {base64.b64encode(blob).decode()}")


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_text_is_a_public_key_or_a_value_error(line: str) -> None:
    for candidate in (line, f"ssh-ed25519 {line}"):
        with pytest.raises(ValueError, match=r".+"):
            sshsig.fingerprint(candidate)


@pytest.mark.parametrize("namespace", ["", "*", 'a"', "a,b", "a b", "!a", "a\n", "é"])
def test_a_namespace_is_a_plain_word(keys: dict[str, Key | Token], namespace: str) -> None:
    key = keys["ed25519"]
    assert isinstance(key, Key)
    with pytest.raises(ValueError, match="no namespace"):
        sshsig.verify(WORDS, b"", key.public, namespace, ENVIRON)
    with pytest.raises(ValueError, match="no namespace"):
        sshsig.sign(WORDS, key.file, namespace, ENVIRON)


def test_what_tests_sign_in_process_is_what_ssh_keygen_signs(keys: dict[str, Key | Token]) -> None:
    key = keys["ed25519"]
    assert isinstance(key, Key)
    for message in (b"", WORDS, b"x" * 100_000):
        assert signed(key.file, message, NS) == key.sign(message, NS)


# --- ssh-keygen itself --------------------------------------------------------------------------------------------


def _programs(folder: Path, **scripts: str) -> dict[str, str]:
    """A PATH with these scripts in place of OpenSSH."""
    folder.mkdir(exist_ok=True)
    release = "echo 'OpenSSH_9.2p1 Debian, OpenSSL' >&2"
    for name, script in {"ssh": release, **{name.replace("_", "-"): said for name, said in scripts.items()}}.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


def _ask(keys: dict[str, Key | Token], environ: dict[str, str], message: bytes = WORDS) -> bool:
    return sshsig.verify(message, keys["ed25519"].sign(WORDS), keys["ed25519"].public, NS, environ, "openssh")


def test_only_the_status_decides_and_never_the_text(keys: dict[str, Key | Token], tmp_path: Path) -> None:
    real = shutil.which("ssh-keygen")
    praise = _programs(tmp_path / "a", ssh_keygen=f'echo Good; {real} "$@"; exit $?')
    assert not _ask(keys, praise, b"something else")
    assert _ask(keys, praise)


@pytest.mark.parametrize("script", ["exit 1", "exit 2", "exit 127", "kill -SEGV $$", "exit 255"])
def test_an_end_that_is_no_clean_yes_or_no_leaves_no_verdict(
    keys: dict[str, Key | Token], tmp_path: Path, script: str
) -> None:
    with pytest.raises(CannotJudge) as caught:
        _ask(keys, _programs(tmp_path / "a", ssh_keygen=script))
    assert caught.value.hint


def test_one_odd_end_among_clean_ones_is_no_refusal(keys: dict[str, Key | Token], tmp_path: Path) -> None:
    flag, real = tmp_path / "flag", shutil.which("ssh-keygen")
    once = f'if [ -e {flag} ]; then exec {real} "$@"; fi; : > {flag}; exit 1'
    with pytest.raises(CannotJudge, match="status 1"):
        _ask(keys, _programs(tmp_path / "a", ssh_keygen=once))


def test_a_machine_that_refuses_what_is_known_to_be_good_hides_no_reject(
    keys: dict[str, Key | Token], tmp_path: Path
) -> None:
    with pytest.raises(CannotJudge, match="ssh-ed25519 that is known to be good"):
        _ask(keys, _programs(tmp_path / "a", ssh_keygen="cat >/dev/null; exit 255"))


@pytest.mark.parametrize("algorithm", sorted(KNOWN))
def test_what_is_known_to_be_good_is(algorithm: str) -> None:
    known = sshsig.parse_signature(KNOWN[algorithm])
    assert (known.algorithm, known.namespace) == (algorithm, SPACE)
    assert both(MESSAGE, KNOWN[algorithm], known.key.line, SPACE)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("OpenSSH_8.7p1, OpenSSL", "too old"),
        ("OpenSSH_7.9p1, OpenSSL", "too old"),
        ("Dropbear v2022", "not known here"),
        ("", "not known here"),
    ],
)
def test_another_or_an_old_openssh_leaves_no_verdict(
    keys: dict[str, Key | Token], tmp_path: Path, said: str, why: str
) -> None:
    environ = _programs(tmp_path / "a", ssh=f"echo '{said}' >&2", ssh_keygen="exit 0")
    with pytest.raises(CannotJudge, match=why) as caught:
        _ask(keys, environ)
    assert "8.8" in caught.value.hint


@pytest.mark.parametrize("said", ["OpenSSH_8.8p1, x", "OpenSSH_for_Windows_9.5p1, x", "OpenSSH_10.0p2, x"])
def test_a_recent_openssh_is_used(keys: dict[str, Key | Token], tmp_path: Path, said: str) -> None:
    told = f"cat >/dev/null; echo Good {sshsig.fingerprint(keys['ed25519'].public)}; exit 0"
    environ = _programs(tmp_path / "a", ssh=f"echo '{said}' >&2", ssh_keygen=told)
    assert _ask(keys, environ)


def test_a_program_that_ends_well_without_a_word_has_not_verified(keys: dict[str, Key | Token], tmp_path: Path) -> None:
    other = sshsig.fingerprint(keys["nistp256"].public)
    for said in ("exit 0", "echo Good; exit 0", f"echo Good {other}; exit 0"):
        environ = _programs(tmp_path / "a", ssh_keygen=f"cat >/dev/null; {said}")
        with pytest.raises(CannotJudge, match="did not tell the key"):
            _ask(keys, environ)


def test_openssh_is_never_taken_from_the_current_folder(
    keys: dict[str, Key | Token], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _programs(tmp_path / "a", ssh_keygen="exit 0")
    monkeypatch.chdir(tmp_path / "a")
    for path in ("", ".", f".{os.pathsep}"):
        with pytest.raises(CannotJudge, match="ssh-keygen is not installed"):
            _ask(keys, {"PATH": path}, b"something else")
    assert sshsig.version({"PATH": "."}) == ""


def test_nothing_of_the_callers_environment_reaches_the_verifier(keys: dict[str, Key | Token], tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    told = f"echo Good {sshsig.fingerprint(keys['ed25519'].public)}"
    script = f"/usr/bin/env > {seen}; /bin/pwd >> {seen}; /bin/cat > /dev/null; {told}"
    environ = _programs(tmp_path / "a", ssh_keygen=script)
    assert _ask(keys, environ | {"SSH_AUTH_SOCK": "/x", "LD_PRELOAD": "/x", "HOME": "/x", "OPENSSL_CONF": "/x"})
    assert "/x" not in seen.read_text()
    assert str(Path.cwd()) not in seen.read_text().splitlines()


# --- many at once -------------------------------------------------------------------------------------------------


def test_answers_come_in_the_order_of_the_questions(keys: dict[str, Key | Token]) -> None:
    key = keys["ed25519"]
    signature = key.sign(WORDS)
    wanted = [number % 3 != 0 for number in range(12)]
    checks = [sshsig.Check(WORDS if good else b"no", signature, key.public, NS) for good in wanted]
    assert sshsig.verify_many(checks, ENVIRON, "openssh") == wanted
    assert sshsig.verify_many(checks, ENVIRON, "in-process") == wanted
    assert sshsig.verify_many([], {}) == []


def test_what_the_library_does_not_take_is_for_ssh_keygen_to_say(
    keys: dict[str, Key | Token], monkeypatch: pytest.MonkeyPatch
) -> None:
    from itsmctl.sshsig import inprocess

    def refuse(*_: object) -> None:
        raise RuntimeError("off in this build")

    monkeypatch.setattr(inprocess, "_check", refuse)
    key = keys["ed25519"]
    checks = [sshsig.Check(message, key.sign(WORDS), key.public, NS) for message in (WORDS, b"no")]
    assert sshsig.verify_many(checks, ENVIRON, "in-process") == [True, False]


def test_a_point_beside_its_curve_verifies_nothing_in_either_way(keys: dict[str, Key | Token]) -> None:
    parsed = sshsig.parse_signature(keys["nistp256"].sign(WORDS))
    beside = parsed.key.blob[:-1] + bytes([parsed.key.blob[-1] ^ 1])
    inner = text(b"ecdsa-sha2-nistp256") + text(mpint(parsed.r) + mpint(parsed.s))
    signature = enveloped(beside, inner)
    public = sshsig.parse_signature(signature).key.line
    check = [sshsig.Check(WORDS, signature, public, NS)]
    assert sshsig.verify_many(check, ENVIRON, "openssh") == sshsig.verify_many(check, ENVIRON, "in-process") == [False]


# --- signing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_signed_with_a_file_verifies(keys: dict[str, Key | Token], kind: str) -> None:
    key = keys[kind]
    assert isinstance(key, Key)
    signature = sshsig.sign(WORDS, key.file, NS, ENVIRON)
    assert both(WORDS, signature, key.public)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[dict[str, str]]:
    socket = tmp_path / "s"
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(socket)], env=ENVIRON, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    environ = {**ENVIRON, "SSH_AUTH_SOCK": str(socket)}
    try:
        while subprocess.run(["ssh-add", "-l"], env=environ, capture_output=True, check=False).returncode == 2:
            assert process.poll() is None
        yield environ
    finally:
        process.terminate()
        process.wait()


def test_a_key_in_the_agent_signs_by_its_public_key(
    keys: dict[str, Key | Token], agent: dict[str, str], tmp_path: Path
) -> None:
    key = keys["ed25519"]
    assert isinstance(key, Key)
    assert sshsig.agent_keys(agent) == []
    with pytest.raises(CannotJudge, match="cannot sign"):
        sshsig.sign(WORDS, key.public, NS, agent)
    subprocess.run(["ssh-add", "-q", key.file], env=agent, check=True)
    assert sshsig.agent_keys(agent) == [key.public]
    assert both(WORDS, sshsig.sign(WORDS, key.public, NS, agent), key.public)


def test_without_an_agent_there_are_no_keys_in_it(tmp_path: Path) -> None:
    assert sshsig.agent_keys(ENVIRON) == []
    with pytest.raises(CannotJudge, match="does not answer"):
        sshsig.agent_keys({**ENVIRON, "SSH_AUTH_SOCK": str(tmp_path / "nobody")})


def test_a_key_with_a_passphrase_fails_with_the_words_of_ssh_keygen_and_does_not_ask(tmp_path: Path) -> None:
    key = make_key(tmp_path, "locked", passphrase="open sesame")
    with pytest.raises(CannotJudge, match="passphrase") as caught:
        sshsig.sign(WORDS, key.file, NS, {**ENVIRON, "DISPLAY": ":0", "SSH_ASKPASS": "/bin/echo"})
    assert "ssh-add" in caught.value.hint


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotJudge, match=f"there is no key {tmp_path}/none"):
        sshsig.sign(WORDS, tmp_path / "none", NS, ENVIRON)


def test_a_signature_that_would_not_verify_is_not_handed_out(keys: dict[str, Key | Token], tmp_path: Path) -> None:
    key = keys["ed25519"]
    assert isinstance(key, Key)
    file = tmp_path / "said"
    for said, why in ((b"thank you", "would not count"), (key.sign(b"no"), "does not verify")):
        file.write_bytes(said)
        script = f'case "$2" in sign) /bin/cat {file};; *) {shutil.which("ssh-keygen")} "$@";; esac'
        with pytest.raises(CannotJudge, match=why):
            sshsig.sign(WORDS, key.file, NS, _programs(tmp_path / "a", ssh_keygen=script))


def test_the_bytes_that_are_signed_are_those_of_the_protocol(keys: dict[str, Key | Token]) -> None:
    parsed = sshsig.parse_signature(keys["ed25519"].sign(WORDS))
    assert parsed.signed(WORDS) == to_be_signed(WORDS)


def test_openssh_says_its_release() -> None:
    assert sshsig.version(ENVIRON).startswith("OpenSSH_")
