"""Real repositories, honest and hostile: what is asked of git has one answer, and nothing in a repository can run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import git
import pytest
from conftest import MakeRepo, Repo

from itsmctl import gitdiscovery, gitprocess, gitrepo
from itsmctl.errors import CannotJudge

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def opened(repo: Repo, at: str = ".") -> gitrepo.GitRepo:
    found = gitdiscovery.discover(repo.path / at, repo.environ)
    assert found is not None
    return found


def refusal(call: object, *arguments: object) -> CannotJudge:
    with pytest.raises(CannotJudge) as caught:
        call(*arguments)
    return caught.value


# --- which repository ---------------------------------------------------------------------------------------------


def test_a_folder_deep_inside_is_in_the_repository(repo: Repo) -> None:
    repo.write("services/itsm/records/x.yaml")
    found = opened(repo, "services/itsm")
    assert found.root == repo.path.resolve()
    assert found.prefix_of(repo.path / "services/itsm") == "services/itsm/"
    assert found.prefix_of(repo.path) == ""
    assert "does not lie in" in refusal(found.prefix_of, repo.path.parent).message


def test_start_may_be_a_file_or_not_be_there_yet(repo: Repo) -> None:
    file = repo.write("a/b.yaml")
    for start in (file, repo.path / "new/folder/file.yaml"):
        found = gitdiscovery.discover(start, repo.environ)
        assert found is not None
        assert found.root == repo.path.resolve()


@pytest.mark.parametrize(
    ("config", "plain"),
    [
        ("[core]\n\tbare = false\n", True),
        ("", True),
        ("[core]\n\tbare = true\n", False),
        ("[core]\n\tbare = false\n\tbare = yes\n", False),
        ("[core]\n\tBare\n", False),
        ("[core]\n\tworkTree = /\n", False),
        ("[core]\n\tbare = false\n[include]\n\tpath = other\n", False),
        ("[core]\n\tba\\\nre = true\n", False),
    ],
)
def test_gitpython_is_asked_where_a_config_may_say_more_than_where_it_lies(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, config: str, plain: bool
) -> None:
    asked = []
    monkeypatch.setattr(git, "Repo", lambda *a, of=git.Repo, **named: asked.append(a) or of(*a, **named))
    repo.write(".git/config", config)
    repo.write(".git/other", "[core]\n\tbare = true\n")
    gitdiscovery.discover(repo.path, repo.environ)
    assert bool(asked) is not plain


@needs_links
@pytest.mark.parametrize("at", ["objects", "refs", "config", "."])
def test_what_is_found_at_once_is_what_gitpython_finds(repo: Repo, tmp_path: Path, at: str) -> None:
    """With a part of .git elsewhere, or all of it, behind a link."""
    oid = repo.commit_staged()
    part, there = repo.path / ".git" / at, tmp_path / "elsewhere"
    part.rename(there)
    part.symlink_to(there)
    found = opened(repo)
    assert (found.root, found.resolve("HEAD").oid) == (repo.path.resolve(), oid)
    assert found.git_dir == (there if at == "." else repo.path.resolve() / ".git")


@pytest.mark.parametrize("content", [b"", b"nothing\n", b"ref: \n", b"\xff\xfe", b"ref: refs/heads/\xff\n"])
def test_a_head_that_says_nothing_is_refused(repo: Repo, content: bytes) -> None:
    repo.commit_staged()
    repo.write(".git/HEAD", content)
    assert str(refusal(lambda: opened(repo).resolve("HEAD")))
    with suppress(CannotJudge):
        assert opened(repo).branch in ("", "\udcff")


@pytest.mark.parametrize("gone", ["objects", "refs", "HEAD"])
def test_a_git_folder_that_lacks_a_part_is_no_repository(repo: Repo, gone: str) -> None:
    (repo.path / ".git" / gone).rename(repo.path / ".git/aside")
    assert gitdiscovery.discover(repo.path, repo.environ) is None


def test_a_plain_folder_is_in_no_repository(tmp_path: Path, environ: dict[str, str]) -> None:
    assert gitdiscovery.discover(tmp_path, environ) is None


def test_git_variables_do_not_lead_elsewhere(
    make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours, other = make_repo("ours"), make_repo("other")
    ours.write("a", "ours")
    here = ours.commit()
    other.write("b", "other")
    other.commit()
    poison = {
        "GIT_DIR": str(other.path / ".git"),
        "GIT_WORK_TREE": str(other.path),
        "GIT_COMMON_DIR": str(other.path / ".git"),
        "GIT_INDEX_FILE": str(other.path / ".git/index"),
        "GIT_OBJECT_DIRECTORY": str(other.path / ".git/objects"),
        "GIT_NAMESPACE": "elsewhere",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.worktree",
        "GIT_CONFIG_VALUE_0": str(other.path),
        "GIT_CONFIG_PARAMETERS": f"'core.excludesFile={tmp_path}/all'",
        "GIT_EXTERNAL_DIFF": str(program(tmp_path)),
        "GIT_CEILING_DIRECTORIES": str(ours.path),
        "GIT_PYTHON_GIT_EXECUTABLE": str(program(tmp_path)),
        "GIT_TRACE": str(tmp_path / "trace"),
    }
    (tmp_path / "all").write_text("*\n")
    ours.write("untracked", "x")
    for name, value in poison.items():
        monkeypatch.setenv(name, value)
    found = gitdiscovery.discover(ours.path, {**ours.environ, **poison})
    assert found is not None
    assert found.git_dir == (ours.path / ".git").resolve()
    assert found.resolve("HEAD").oid == here
    assert found.branch == "main"
    assert found.refs == ("refs/heads/main",)
    assert [file.path for file in found.tree_files(here, "a")] == ["a"]
    assert found.ignored("untracked") == frozenset()
    assert found.once_held(here, "a", "a")
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "trace").exists()
    assert os.environ["GIT_DIR"] == poison["GIT_DIR"], "the caller's environment stays as it was"
    assert "GIT_PYTHON_REFRESH" not in os.environ


def test_a_linked_work_tree(repo: Repo, tmp_path: Path) -> None:
    repo.write("a", "1")
    repo.commit()
    repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    linked = gitdiscovery.discover(tmp_path / "linked", repo.environ)
    assert linked is not None
    assert linked.root == (tmp_path / "linked").resolve()
    assert linked.branch == "side"
    assert linked.resolve("HEAD").label.endswith("(side)")
    assert linked.resolve("main").oid == linked.resolve("side").oid


def test_a_submodule_is_a_repository_of_its_own(make_repo: MakeRepo) -> None:
    inner, outer = make_repo("inner"), make_repo("outer")
    inner.write("records/x.yaml", "a: 1\n")
    oid = inner.commit()
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "sub")
    outer.commit()
    found = gitdiscovery.discover(outer.path / "sub/records", outer.environ)
    assert found is not None
    assert found.root == (outer.path / "sub").resolve()
    assert found.resolve("HEAD").oid == oid


def test_a_nested_repository_is_found_first(make_repo: MakeRepo) -> None:
    make_repo("outer")
    nested = make_repo("outer/nested")
    assert opened(nested).root == nested.path.resolve()


def test_a_bare_repository_has_no_work_tree_and_all_else(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo()
    repo.write("a", "content")
    oid = repo.commit()
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    bare = gitdiscovery.discover(tmp_path / "bare.git", repo.environ)
    assert bare is not None
    assert bare.root is None
    assert bare.prefix_of(tmp_path) == ""
    (file,) = bare.tree_files(bare.resolve("main").tree, "a")
    assert bare.resolve("HEAD").oid == oid
    assert list(bare.blobs([file.oid], 99)) == [(file.oid, b"content")]


def test_content_that_looks_like_a_bare_repository_is_content(repo: Repo) -> None:
    repo.git("init", "--quiet", "--bare", "--template=", str(repo.path / "records/trap"))
    repo.git("-C", str(repo.path / "records/trap"), "config", "core.worktree", "/")
    found = opened(repo, "records/trap")
    assert found.git_dir == (repo.path / ".git").resolve()


@pytest.mark.parametrize("config", ["[core\n\tbare", "\xff", "[include]\n\tpath = config\n", "[core]\n[core]\n=\n"])
def test_a_damaged_config_is_refused_by_name(repo: Repo, config: str) -> None:
    repo.commit_staged()
    repo.write(".git/config", config.encode("latin-1"))
    found = opened(repo)
    error = refusal(found.resolve, "HEAD")
    assert str(repo.path) in error.message
    assert "config" in error.message


def test_content_that_looks_like_a_damaged_repository_ends_in_a_reason(repo: Repo) -> None:
    for path, text in (("HEAD", "ref: refs/heads/main\n"), ("config", "[core\n"), ("objects/x", ""), ("refs/x", "")):
        repo.write(f"records/trap/{path}", text)
    assert "cannot be opened" in refusal(gitdiscovery.discover, repo.path / "records/trap", repo.environ).message
    assert opened(repo, "records").root == repo.path.resolve()


def test_inside_the_git_folder_is_in_its_repository(repo: Repo) -> None:
    assert opened(repo, ".git/objects").root == repo.path.resolve()


def test_a_git_file_that_leads_nowhere_is_not_taken_for_a_plain_folder(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere/at/all\n")
    error = refusal(gitdiscovery.discover, tmp_path, environ)
    assert "leads to no git repository" in error.message
    assert "git worktree repair" in error.hint


def test_core_worktree_does_not_move_the_work_tree(repo: Repo, tmp_path: Path) -> None:
    repo.write("records/a.yaml", "a")
    repo.write("records/ignored.yaml", "a")
    repo.write(".gitignore", "ignored.yaml\n")
    repo.commit()
    (tmp_path / "elsewhere").mkdir()
    repo.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    found = opened(repo)
    assert found.root == repo.path.resolve()
    assert found.ignored("records") == {"records/ignored.yaml"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_another_owner_is_read(repo: Repo) -> None:
    """As in a container: safe.directory guards programs that a repository could name, and none of them can run."""
    repo.write("a", "1")
    oid = repo.commit()
    for path in (repo.path, repo.path / ".git"):
        os.chown(path, 12345, 12345)
    refused = subprocess.run(
        ["git", "-C", str(repo.path), "log"], env=repo.environ, capture_output=True, text=True, check=False
    )
    assert "dubious ownership" in refused.stderr
    assert opened(repo).resolve("HEAD").oid == oid


# --- the program itself -------------------------------------------------------------------------------------------


def test_git_is_taken_from_absolute_folders_of_path_alone(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    shutil.copy(program(tmp_path), tmp_path / "here/git")
    monkeypatch.chdir(tmp_path / "here")
    real = shutil.which("git")
    assert real is not None
    path = os.pathsep.join(["", ".", "here", str(Path(real).parent)])
    assert gitprocess.find_git({"PATH": path}) == real


def test_without_git_a_plain_folder_works_and_a_repository_says_what_is_missing(repo: Repo, tmp_path: Path) -> None:
    repo.commit()
    nothing = {"PATH": str(tmp_path / "empty")}
    (tmp_path / "plain").mkdir()
    assert gitdiscovery.discover(tmp_path / "plain", nothing) is None
    found = gitdiscovery.discover(repo.path, nothing)
    assert found is not None
    error = refusal(found.resolve, "HEAD")
    assert "git is not installed" in error.message
    assert error.hint


def test_gitpython_can_be_loaded_where_there_is_no_git(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()  # it may be a bare repository, so that GitPython is asked
    code = (
        "import os, pathlib, sys; from itsmctl.gitdiscovery import discover;"
        "print(discover(pathlib.Path(os.environ['AT']), {'PATH': ''}), 'git' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={"PATH": "", "AT": str(tmp_path), "PYTHONPATH": str(Path(gitrepo.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("None True\n", "")


@needs_links
def test_a_git_that_cannot_be_started_is_refused(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "git").write_bytes(b"no program")
    (tmp_path / "git").chmod(0o755)
    found = gitdiscovery.discover(repo.path, {"PATH": str(tmp_path)})
    assert found is not None
    assert f"{tmp_path / 'git'} cannot be started" in refusal(found.resolve, "HEAD").message


@needs_links
@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("git version 2.17.1", "git 2.17.1 ({0}) is too old: 2.31 or later is needed"),
        ("something else", "{0} does not say its version: it said nothing"),
    ],
)
def test_an_old_or_strange_git_is_refused(repo: Repo, tmp_path: Path, says: str, expected: str) -> None:
    script = tmp_path / "bin/git"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\necho {says}\n")
    script.chmod(0o755)
    found = gitdiscovery.discover(repo.path, {"PATH": str(script.parent)})
    assert found is not None
    assert refusal(found.resolve, "HEAD").message == expected.format(script)


def test_the_version_is_told(repo: Repo) -> None:
    said = repo.git("version").split()[2]
    assert said.startswith(".".join(str(part) for part in opened(repo).version))


# --- nothing in a repository can run ------------------------------------------------------------------------------


def program(folder: Path) -> Path:
    """A program that leaves a trace when it is run."""
    script = folder / "program.sh"
    script.write_text(f"#!/bin/sh\ntouch '{folder}/ran'\nexit 1\n")
    script.chmod(0o755)
    return script


@needs_links
def test_no_setting_of_the_repository_runs_a_program(repo: Repo, tmp_path: Path) -> None:
    script = program(tmp_path)
    repo.write(".gitattributes", "* diff=evil filter=evil merge=evil\n")
    repo.write(".gitignore", "*.log\n")
    repo.write("records/a.yaml", "a: 1\n")
    repo.write("records/b.log", "ignored")
    oid = repo.commit()
    repo.write(".git/hooks/post-index-change", script.read_text()).chmod(0o755)
    for name in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "core.gitProxy",
        "core.askPass",
        "core.alternateRefsCommand",
        "credential.helper",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "merge.evil.driver",
        "gpg.program",
        "gpg.ssh.program",
        "pager.log",
        "uploadpack.packObjectsHook",
    ):
        repo.git("config", name, str(script))
    for name in ("cat-file", "ls-tree", "ls-files", "log", "rev-parse", "config"):
        repo.git("config", f"alias.{name}", f"!{script}")
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "core.hooksPath", str(repo.path / ".git/hooks"))
    found = opened(repo)
    head = found.resolve("HEAD")
    assert head.oid == oid
    (file,) = found.tree_files(head.tree, "records")
    assert list(found.blobs([file.oid], 99)) == [(file.oid, b"a: 1\n")]
    assert found.ignored("records") == {"records/b.log"}
    assert found.staged("records") == ({}, frozenset())
    assert found.once_held(oid, "records/a.yaml", "records")
    assert found.is_shallow is False
    assert found.refs == ("refs/heads/main",)
    assert refusal(found.resolve, "nothing-like-it")
    assert not (tmp_path / "ran").exists()


@needs_links
def test_the_programs_of_that_test_would_run_otherwise(repo: Repo, tmp_path: Path) -> None:
    repo.write("a", "1")
    repo.commit()
    repo.git("config", "core.fsmonitor", str(program(tmp_path)))
    repo.git("status")
    assert (tmp_path / "ran").exists()


def test_what_is_ignored_is_said_by_the_repository_alone(repo: Repo, tmp_path: Path) -> None:
    everything = tmp_path / "everything"
    everything.write_text("*\n")
    repo.git("config", "core.excludesFile", str(everything))
    (tmp_path / "home/.config/git").mkdir(parents=True)
    shutil.copy(everything, tmp_path / "home/.config/git/ignore")
    repo.write("records/a.yaml")
    repo.write("records/b.yaml")
    repo.write(".git/info/exclude", "b.yaml\n")
    assert opened(repo).ignored("records") == {"records/b.yaml"}


def test_a_partial_clone_fetches_nothing(make_repo: MakeRepo, tmp_path: Path) -> None:
    origin = make_repo("origin")
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.write("records/a.yaml", "a: 1\n")
    origin.commit()
    clone = Repo(tmp_path / "clone", origin.environ)
    url = origin.path.as_uri()
    origin.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", url, str(clone.path))
    clone.git("config", "protocol.file.allow", "always")
    found = opened(clone)
    (file,) = found.tree_files(found.resolve("HEAD").tree, "records")
    error = refusal(list, found.blobs([file.oid], 99))
    assert "git fetch --refetch --no-filter" in error.hint
    assert found.resolve("main").label.endswith("(main)")


# --- names of commits ---------------------------------------------------------------------------------------------


@pytest.fixture
def history(repo: Repo) -> Repo:
    for number in (1, 2, 3):
        repo.write("a", str(number))
        repo.commit(f"number {number}")
    repo.git("tag", "-a", "v1.0", "-m", "one", "HEAD~1")
    repo.git("branch", "release/2026")
    return repo


@pytest.mark.parametrize(
    ("rev", "number", "name"),
    [
        ("HEAD", 3, "main"),
        ("@", 3, "main"),
        ("main", 3, "main"),
        ("refs/heads/main", 3, "main"),
        ("heads/main", 3, "heads/main"),
        ("v1.0", 2, "v1.0"),
        ("refs/tags/v1.0", 2, "v1.0"),
        ("v1.0^{commit}", 2, "v1.0^{commit}"),
        ("main~2", 1, "main~2"),
        ("HEAD^", 2, "HEAD^"),
        ("@{1}", 2, "@{1}"),
        ("release/2026", 3, "release/2026"),
    ],
)
def test_a_name_means_what_it_means_to_git(history: Repo, rev: str, number: int, name: str) -> None:
    found = opened(history).resolve(rev)
    oid = history.git("rev-parse", f"{rev}^{{commit}}")
    assert history.git("log", "-1", "--format=%s", oid) == f"number {number}"
    assert found.oid == oid
    assert found.tree == history.git("rev-parse", f"{oid}^{{tree}}")
    assert found.time == int(history.git("log", "-1", "--format=%ct", oid))
    assert found.label == f"commit {oid[:7]} ({name})"


def test_an_object_id_needs_no_name(history: Repo) -> None:
    oid = history.git("rev-parse", "HEAD")
    for rev in (oid, oid[:9], oid[:9].upper()):
        found = opened(history).resolve(rev)
        assert (found.oid, found.label) == (oid, f"commit {oid[:7]}")


@pytest.mark.parametrize(
    ("rev", "hint"),
    [
        ("mian", "Did you mean main?"),
        ("v1", "Did you mean v1.0?"),
        ("release/2025", "Did you mean release/2026?"),
        ("main~99", "main is there, but nothing stands at main~99."),
        ("main..v1.0", "Did you mean main?"),
        ("--output=x", "git branch --all"),
        ("-", "git branch --all"),
        ("", "git branch --all"),
        ("main\nmain", "Did you mean main?"),
        ("a\0b", "git branch --all"),
        ("f" * 40, "git branch --all"),
    ],
)
def test_an_unknown_name_is_refused_with_what_comes_near(history: Repo, rev: str, hint: str) -> None:
    error = refusal(opened(history).resolve, rev)
    assert f"no commit is called {rev!r}" in error.message
    assert hint in error.hint


def test_a_branch_that_is_only_on_the_remote_is_named(history: Repo, tmp_path: Path) -> None:
    history.git("clone", "--quiet", str(history.path), str(tmp_path / "clone"))
    clone = opened(Repo(tmp_path / "clone", history.environ))
    assert "origin/release/2026" in refusal(clone.resolve, "2026").hint
    assert clone.resolve("origin/main").oid == clone.resolve("origin").oid


@pytest.mark.parametrize(("rev", "kind"), [("HEAD:a", "blob"), ("HEAD^{tree}", "tree")])
def test_what_is_no_commit_is_called_by_its_kind(history: Repo, rev: str, kind: str) -> None:
    assert refusal(opened(history).resolve, rev).message == f"{rev!r} names a {kind}, not a commit"


def test_a_branch_and_a_tag_of_one_name_are_ambiguous(history: Repo) -> None:
    history.git("tag", "main", "HEAD~2")
    found = opened(history)
    error = refusal(found.resolve, "main~1")
    assert error.message == "'main' is ambiguous: it names refs/tags/main and refs/heads/main"
    assert found.resolve("refs/heads/main").oid == history.git("rev-parse", "refs/heads/main")


def test_a_branch_called_like_an_object_id_is_ambiguous(history: Repo) -> None:
    target = history.git("rev-parse", "HEAD~1")
    history.git("update-ref", f"refs/heads/{target[:8]}", "HEAD")
    history.git("update-ref", f"refs/heads/{target}", "HEAD")
    found = opened(history)
    assert "ambiguous" in refusal(found.resolve, target[:8]).message
    assert found.resolve(target).oid == target, "a full id is never a name"


def test_a_file_in_the_git_folder_does_not_shadow_a_branch(history: Repo) -> None:
    history.write(".git/main", history.git("rev-parse", "HEAD~1") + "\n")
    assert "ambiguous" in refusal(opened(history).resolve, "main").message


def test_a_short_id_of_several_objects_is_ambiguous(repo: Repo) -> None:
    commits = (b"commit refs/heads/%d\ncommitter A <a@example.org> %d +0000\ndata 0\n" % (n, n) for n in range(2000))
    repo.git("fast-import", "--quiet", stdin=b"".join(commits))
    starts = [oid[:4] for oid in repo.git("rev-list", "--all").split()]
    twice = next(start for start in starts if starts.count(start) > 1)
    assert "the beginning of several object ids" in refusal(opened(repo).resolve, twice).message


def test_names_that_look_like_options_are_names(history: Repo) -> None:
    history.git("update-ref", "refs/heads/--output=x", "HEAD~1")
    assert opened(history).resolve("--output=x").oid == history.git("rev-parse", "HEAD~1")


def test_a_repository_without_a_commit(repo: Repo) -> None:
    found = opened(repo)
    assert found.head() is None
    assert found.branch == "main"
    assert found.refs == ()
    assert refusal(found.resolve, "HEAD").message == "there is no commit yet"


def test_a_detached_head(history: Repo) -> None:
    history.git("checkout", "--quiet", "--detach", "v1.0")
    found = opened(history)
    assert found.branch == ""
    assert found.resolve("HEAD").label.endswith("(HEAD)")


def test_refs_are_the_same_packed_or_not_and_in_names_that_are_not_utf8(history: Repo) -> None:
    loose = opened(history).refs
    assert loose == ("refs/heads/main", "refs/heads/release/2026", "refs/tags/v1.0")
    history.git("pack-refs", "--all")
    assert opened(history).refs == loose
    history.git("update-ref", b"refs/heads/\xff", "HEAD")
    history.git("pack-refs", "--all")
    assert opened(history).refs == ("refs/heads/main", "refs/heads/release/2026", "refs/heads/\udcff", "refs/tags/v1.0")


def test_replace_refs_and_grafts_change_nothing(history: Repo) -> None:
    newest, middle, oldest = history.git("rev-list", "HEAD").split()
    history.git("replace", newest, oldest)
    history.write(".git/info/grafts", f"{newest}\n")
    found = opened(history)
    assert found.resolve("HEAD").tree == history.git("--no-replace-objects", "rev-parse", f"{newest}^{{tree}}")
    assert found.resolve("HEAD~1").oid == middle


def test_a_shallow_clone_says_how_to_get_the_rest(history: Repo, tmp_path: Path) -> None:
    history.write("records/gone.yaml", "x")
    history.commit()
    (history.path / "records/gone.yaml").unlink()
    history.commit()
    history.git("clone", "--quiet", "--depth=1", history.path.as_uri(), str(tmp_path / "shallow"))
    found = opened(Repo(tmp_path / "shallow", history.environ))
    assert found.is_shallow
    head = found.resolve("HEAD")
    for error in (
        refusal(found.resolve, "HEAD~1"),
        refusal(found.once_held, head.oid, "records/gone.yaml", "records"),
    ):
        assert "git fetch --unshallow" in error.hint
    assert found.once_held(head.oid, "a", "a")


# --- trees, history, contents -------------------------------------------------------------------------------------

ODD_NAMES = [b"line\nfeed", b'quote"d', b"back\\slash", b"-dash", b"\xff\xfe", "õ".encode(), b"*", b":(glob)x", b" x "]


@needs_links
def test_names_come_through_as_they_are(repo: Repo) -> None:
    for name in ODD_NAMES:
        path = os.fsencode(repo.path) + b"/records/" + name
        Path(os.fsdecode(path)).parent.mkdir(exist_ok=True)
        Path(os.fsdecode(path)).write_bytes(name)
    oid = repo.commit()
    found = opened(repo)
    files = found.tree_files(oid, "records")
    assert sorted(file.path.encode(errors="surrogateescape") for file in files) == sorted(
        b"records/" + name for name in ODD_NAMES
    )
    for (_, content), file in zip(found.blobs([file.oid for file in files], 99), files, strict=True):
        assert content == file.path.encode(errors="surrogateescape").removeprefix(b"records/")
        assert found.tree_files(oid, file.path) == [file]
        assert found.once_held(oid, file.path, "records")


def test_a_path_is_no_pattern_and_no_beginning(repo: Repo) -> None:
    for path in ("records/a.yaml", "records2/a.yaml", "x*/a.yaml", "xy/a.yaml"):
        repo.write(path, path)
    tree = opened(repo).resolve(repo.commit()).tree
    found = opened(repo)
    assert [file.path for file in found.tree_files(tree, "records")] == ["records/a.yaml"]
    assert [file.path for file in found.tree_files(tree, "x*")] == ["x*/a.yaml"]
    assert found.tree_files(tree, "nothing") == []
    repo.write(".gitignore", "*.log")
    for path in ("x*/a.log", "xy/a.log"):
        repo.write(path)
    assert found.ignored("x*") == {"x*/a.log"}
    assert not found.once_held(repo.git("rev-parse", "HEAD"), "xy/a.yaml", "x*")


def test_modes_are_told(repo: Repo) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"x")
    repo.commit_staged()
    for mode, path in (("100644", "plain"), ("100755", "run"), ("120000", "link")):
        repo.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},r/{path}")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.git('rev-parse', 'HEAD')},r/sub")
    found = opened(repo)
    expected = {"r/link": "120000", "r/run": "100755", "r/sub": "160000"}
    assert found.staged("r") == (expected, frozenset())
    repo.git("update-index", "--skip-worktree", "r/plain", "r/link")
    assert found.staged("r") == (expected, {"r/plain", "r/link"})
    files = found.tree_files(repo.commit_staged(), "r")
    assert {file.path: file.mode for file in files} == {"r/plain": "100644", **expected}


def test_ten_thousand_blobs_stream_through_one_process(repo: Repo) -> None:
    lines = [b"blob\ndata <<END\nnumber: %d\nEND\n" % number for number in range(10_000)]
    repo.git("fast-import", "--quiet", stdin=b"".join(lines))
    listed = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    threads = threading.active_count()
    got = dict(opened(repo).blobs(listed, 99))
    assert list(got) == listed
    assert sorted(got.values()) == sorted(b"number: %d\n" % number for number in range(10_000))
    assert threading.active_count() == threads


def test_a_giant_is_cut_and_the_rest_still_comes(repo: Repo) -> None:
    contents = [b"first", bytes(9_000_000), b"between", bytes(1_000_000), b"", b"last\n"]
    oids = [repo.git("hash-object", "-w", "--stdin", stdin=content) for content in contents]
    got = list(opened(repo).blobs(oids, 1000))
    assert got == [(oid, content[:1000]) for oid, content in zip(oids, contents, strict=True)]


def test_a_reader_may_stop_early(repo: Repo) -> None:
    oids = [repo.git("hash-object", "-w", "--stdin", stdin=bytes(200_000) + bytes([n])) for n in range(3)] * 2000
    before = threading.active_count()
    stream = opened(repo).blobs(oids, 1 << 20)
    assert next(stream)[0] == oids[0]
    stream.close()
    assert threading.active_count() == before


def test_a_missing_object_and_a_damaged_one_are_refused(repo: Repo) -> None:
    oid = repo.git("hash-object", "-w", "--stdin", stdin=b"x" * 1000)
    found = opened(repo)
    assert f"{'0' * 40} is missing" in refusal(list, found.blobs([oid, "0" * 40], 99)).message
    loose = repo.path / ".git/objects" / oid[:2] / oid[2:]
    loose.chmod(0o644)
    loose.write_bytes(loose.read_bytes()[:-10] + b"0123456789")
    error = refusal(list, found.blobs([oid], 9999))
    assert error.hint
    assert "missing" in error.message or "failed" in error.message


def test_once_held_sees_all_of_history(repo: Repo) -> None:
    def held(name: str) -> bool:
        return opened(repo).once_held(repo.git("rev-parse", "HEAD"), f"records/{name}.yaml", "records")

    def come_and_go(name: str) -> None:
        repo.write(f"records/{name}.yaml", "x")
        repo.commit()
        repo.git("rm", "--quiet", f"records/{name}.yaml")
        repo.commit_staged()

    def merge(branch: str) -> None:
        repo.git("merge", "--quiet", "--no-commit", "--no-ff", branch)

    repo.write("records/kept.yaml", "x")
    come_and_go("removed")
    for branch in ("side", "other"):
        repo.git("checkout", "--quiet", "-b", branch, "main")
        come_and_go(f"of-{branch}")
    repo.git("checkout", "--quiet", "main")
    repo.write("elsewhere", "x")
    repo.commit()
    merge("side")
    repo.commit_staged("of equal content on both sides, so that git would look at one of them only")
    assert held("of-side")
    merge("other")
    repo.write("records/only-in-the-merge.yaml", "x")
    repo.commit("a merge that adds what neither side has")
    for name in ("removed", "kept", "of-side", "of-other", "only-in-the-merge"):
        assert held(name), name
    assert not held("never")
    assert not opened(repo).once_held(repo.git("rev-parse", "HEAD"), "records", "records")


# --- other object formats -----------------------------------------------------------------------------------------


def test_a_sha256_repository_answers_like_any_other(make_repo: MakeRepo) -> None:
    repo = make_repo("sha256", "--object-format=sha256")
    assert opened(repo).head() is None
    repo.write("records/a.yaml", "a: 1\n")
    repo.write(".gitignore", "*.log\n")
    first = repo.commit()
    repo.write("records/a.yaml", "a: 2\n")
    repo.write("records/x.log")
    second = repo.commit()
    repo.git("tag", "-a", "v1", "-m", "one", first)
    found = opened(repo)
    head = found.resolve("HEAD")
    assert (len(second), head.oid, head.label) == (64, second, f"commit {second[:7]} (main)")
    assert found.resolve("v1").oid == found.resolve("main~1").oid == found.resolve(first[:10]).oid == first
    assert found.refs == ("refs/heads/main", "refs/tags/v1")
    assert "Did you mean main?" in refusal(found.resolve, "mian").hint
    (file,) = found.tree_files(head.tree, "records")
    assert list(found.blobs([file.oid], 99)) == [(file.oid, b"a: 2\n")]
    assert found.ignored("records") == {"records/x.log"}
    assert found.once_held(second, "records/a.yaml", "records")
    repo.git("checkout", "--quiet", "--detach")
    assert opened(repo).branch == ""


def test_what_is_asked_once_is_asked_by_full_ids_alone(repo: Repo) -> None:
    found = opened(repo)
    repo.write("records/a.yaml", "one")
    first = repo.commit()
    assert (found.resolve("main").oid, found.resolve(first).oid) == (first, first)
    assert [file.path for file in found.tree_files("main", "records")] == ["records/a.yaml"]
    found.tree_files(first, "records").clear()
    repo.write("records/b.yaml", "two")
    second = repo.commit()
    assert (found.resolve("main").oid, found.resolve(first).oid) == (second, first)
    assert [len(found.tree_files(rev, "records")) for rev in ("main", first, second)] == [2, 1, 2]


def test_what_is_not_there_yet_is_asked_for_again(repo: Repo, tmp_path: Path) -> None:
    other = Repo(tmp_path / "other", repo.environ)
    repo.commit()
    repo.git("clone", "--quiet", str(repo.path), str(other.path))
    found = opened(other)
    oid = repo.commit()
    refusal(found.resolve, oid)
    other.git("fetch", "--quiet")
    assert found.resolve(oid).oid == oid
