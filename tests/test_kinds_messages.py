"""What a person reads who got a record wrong: the likely mistakes, sentence by sentence."""

# ruff: noqa: E501 - tables with one case a line

from __future__ import annotations

import copy

import pytest

from itsmctl import bundled, kinds

KINDS = kinds.load(bundled.files("schemas", ".json"))
GONE = object()


def edited(kind, pointer, value, example=0):
    """An example of the kind with one place replaced, added or taken away."""
    data = copy.deepcopy(KINDS[kind].written["examples"][example])
    *way, last = (int(step) if step.isdecimal() else step for step in pointer[1:].split("/"))
    holder = data
    for step in way:
        holder = holder[step]
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value
    return data


def lines(kind, data, written=None):
    return [
        f"{fault.pointer}{' (key)' if fault.key else ''} {fault.rule}: {fault.message} | {fault.hint}"
        for fault in KINDS[kind].explain(data, written)
    ]


MISTAKES = [
    # a field in the wrong place, misspelt, or called as elsewhere
    ("ChangeRequest", "/spec/owner", "Role/x", "/spec/owner (key) schema-unknown-field: unknown field 'owner' in spec | owner belongs in metadata: move it there."),
    ("ChangeRequest", "/metadata/state", "draft", "/metadata/state (key) schema-unknown-field: unknown field 'state' in metadata | state belongs in spec: move it there. Fields of metadata: name, title, owner, description, labels, formerly."),
    ("ChangeRequest", "/spec/trigger", "x", "/spec/trigger (key) schema-unknown-field: unknown field 'trigger' in spec | trigger belongs in spec.backout: move it there."),
    ("ChangeRequest", "/title", "x", "/title (key) schema-unknown-field: unknown field 'title' | title belongs in metadata: move it there. Fields: apiVersion, kind, metadata, spec."),
    ("ChangeRequest", "/status", "x", "/status (key) schema-unknown-field: unknown field 'status' | That is spec.state here. Fields: apiVersion, kind, metadata, spec."),
    ("ChangeRequest", "/spec/test", {"evidnce": ["x"]}, "/spec/test/evidnce (key) schema-unknown-field: unknown field 'evidnce' in spec.test | Did you mean evidence? Fields of spec.test: evidence, by, on, result, notes."),
    ("ChangeRequest", "/spec/backot", {}, "/spec/backot (key) schema-unknown-field: unknown field 'backot' in spec | There is backout already: keep that one."),
    ("Waiver", "/spec/expire", "2026-12-31", "/spec/expire (key) schema-unknown-field: unknown field 'expire' in spec | There is expires already: keep that one. Fields of spec: state, rule, record, at, reason, risk, compensation, approved_by, approved_on, expires."),
    ("ChangeRequest", "/spec/testing", {}, "/spec/testing (key) schema-unknown-field: unknown field 'testing' in spec | That is called test here."),
    ("ChangeRequest", "/spec/rollback", {}, "/spec/rollback (key) schema-unknown-field: unknown field 'rollback' in spec | There is backout already: keep that one."),
    ("ChangeRequest", "/spec/zzz", 1, "/spec/zzz (key) schema-unknown-field: unknown field 'zzz' in spec | All fields: itsmctl explain ChangeRequest"),
    ("Role", "/spec/person", "mari", "/spec/person (key) schema-unknown-field: unknown field 'person' in spec | person belongs in each item of spec.holders: move it there. Fields of spec: process, responsibilities, competence_required, holders, serial."),
    # a field that is missing
    ("ChangeRequest", "/metadata/title", GONE, "/metadata/title (key) schema-missing-field: title is missing in metadata: what the record is about, in one line that a person understands | Write for example: title: PostgreSQL 15.4 to 16.2 on the loans database"),
    ("Waiver", "/spec/state", GONE, "/spec/state (key) schema-missing-field: state is missing in spec: requested, granted or refused; revoked if it was taken back | Write state: with one of requested, granted, refused, revoked"),
    ("Waiver", "/spec", GONE, "/spec (key) schema-missing-field: spec is missing: what the record says | Write for example:\n    spec:\n      state: requested\n      rule: SLM-03\n      record: ServiceLevelAgreement/loans-central-library\n      reason: The new director wants to agree on it herself.\n      expires: 2026-12-31"),
    ("ChangeRequest", "/apiVersion", GONE, "/apiVersion (key) schema-missing-field: apiVersion is missing: the version of the record format | Write as the first line: apiVersion: itsm/v1"),
    ("ChangeRequest", "/spec/schedule/zone", GONE, "/spec/schedule/zone (key) schema-missing-field: start: '2026-11-22T06:00' has no offset from UTC, and there is no zone in spec.schedule | Write zone: Europe/Tallinn beside it, or the time with its offset: 2026-11-22T06:00:00+02:00 (in UTC: 2026-11-22T06:00:00Z)"),
    ("Supplier", "/spec/role", "subcontractor", "/spec/lead (key) schema-missing-field: lead is missing in spec: the supplier that a subcontractor works for | Write for example: lead: northern-hosting"),
    ("ApprovalRule", "/spec/require/0", {"count": 2}, "/spec/require/0 schema-missing-field: role or owner_of is missing in spec.require[0] | Write one of: role, owner_of."),
    ("ServiceLevelAgreement", "/spec/signatures/0/name", GONE, "/spec/signatures/0 schema-missing-field: name or person is missing in spec.signatures[0] | Write one of: name, person."),
    # a value of the wrong type
    ("ConfigurationItem", "/spec/version", 1.1, '/spec/version schema-type: version is the number 1.1, but a text is wanted | Put quotes around it, exactly as it is meant: version: "…"'),
    ("ChangeRequest", "/spec/implementers", "kadri, jaan", "/spec/implementers schema-type: implementers is the text 'kadri, jaan', but a list is wanted | Put them in brackets, or each behind a dash on a line of its own: implementers: [kadri, jaan]"),
    ("ChangeRequest", "/spec/implementers", "jaan", "/spec/implementers schema-type: implementers is the text 'jaan', but a list is wanted | Put it in brackets, or behind a dash on a line of its own: implementers: [jaan]"),
    ("ChangeRequest", "/spec/requester", ["kadri"], "/spec/requester schema-type: requester is a list, but a text is wanted | There is only one here, without dash and brackets: requester: kadri"),
    ("ChangeRequest", "/spec/items", {"item": "Service/a", "action": "add"}, "/spec/items schema-type: items is a mapping, but a list is wanted | Put a dash in front of it: it is one item of a list."),
    ("ChangeRequest", "/spec/items/0", "Service/a", "/spec/items/0 schema-type: items[0] is the text 'Service/a', but a mapping is wanted | Write each item behind a dash below items:\n    - {item: Service/a, action: change}"),
    ("ChangeRequest", "/spec/items/0", "db-01", "/spec/items/0 schema-type: items[0] is the text 'db-01', but a mapping is wanted | Write each item behind a dash below items:\n    - {item: ConfigurationItem/db-01, action: change}"),
    ("ConfigurationItem", "/spec/relations", ["vm-infra-01"], "/spec/relations/0 schema-type: relations[0] is the text 'vm-infra-01', but a mapping is wanted | Write each item behind a dash below relations:\n    - {type: runs-on, target: vm-infra-01}"),
    ("ConfigurationItem", "/spec/relations", "vm-infra-01", "/spec/relations schema-type: relations is the text 'vm-infra-01', but a list is wanted | Write each item behind a dash below relations:\n    - {type: runs-on, target: vm-infra-01}"),
    ("Service", "/spec/components", ["ConfigurationItem/koha-01"], "/spec/components/0 schema-type: components[0] is the text 'ConfigurationItem/koha-01', but a mapping is wanted | Write each item behind a dash below components:\n    - {item: koha-01}"),
    ("ServiceLevelAgreement", "/spec/signatures", ["both have signed"], "/spec/signatures/0 schema-type: signatures[0] is the text 'both have signed', but a mapping is wanted | Write each item behind a dash below signatures:\n    - {party: customer, on: 2025-12-10}"),
    ("ChangeRequest", "/spec/plan", "do it", "/spec/plan schema-type: plan is the text 'do it', but a mapping is wanted | Its fields stand below it, each on a line of its own: steps, duration, documents"),
    ("ChangeRequest", "/spec/impact/security/affected", "yes", "/spec/impact/security/affected schema-type: affected is the text 'yes', but true or false is wanted | Only true and false are truth values in YAML 1.2: affected: true"),
    ("ChangeRequest", "/spec/impact/security/affected", "true", "/spec/impact/security/affected schema-type: affected is the text 'true', but true or false is wanted | Write it without quotes: affected: true"),
    ("ConfigurationItem", "/spec/tier", "1", "/spec/tier schema-type: tier is the text '1', but a whole number is wanted | Write it without quotes: tier: 1"),
    ("ConfigurationItem", "/spec/tier", 1.5, "/spec/tier schema-type: tier is the number 1.5, but a whole number is wanted | Write for example: tier: 2"),
    ("ChangeRequest", "/spec/reason", None, "/spec/reason schema-type: reason is empty | Take the line away, or write for example: reason: Version 15.4 gets no security fixes after November."),
    ("Waiver", "/spec/expires", None, "/spec/expires schema-type: expires is empty | Write for example: expires: 2026-12-31"),
    ("ChangeRequest", "/spec", None, "/spec schema-type: spec is empty | Its fields stand below it, each on a line of its own: state, class and more (itsmctl explain ChangeRequest)"),
    ("ChangeRequest", "/apiVersion", None, "/apiVersion schema-type: apiVersion is empty | Write: apiVersion: itsm/v1"),
    # a value that cannot be
    ("ChangeRequest", "/spec/state", "aproved", "/spec/state schema-value: state cannot be 'aproved' | Did you mean approved? Allowed: draft, submitted, assessed, approved, scheduled, implementing, implemented, failed, backed-out, reviewed, closed, rejected, cancelled."),
    ("ChangeRequest", "/spec/items/0/action", "update", "/spec/items/0/action schema-value: action cannot be 'update' | Allowed: change, add, remove."),
    ("ConfigurationItem", "/spec/environment", "prodcution", "/spec/environment schema-value: environment cannot be 'prodcution' | Did you mean production or pre-production? Allowed: production, disaster-recovery, pre-production, staging, acceptance, integration, test, training, development, shared."),
    ("ChangeRequest", "/apiVersion", "itsm/v2", "/apiVersion schema-value: this version of itsmctl does not read apiVersion 'itsm/v2' | Write: apiVersion: itsm/v1"),
    ("ChangeRequest", "/kind", "Service", "/kind schema-value: kind is 'Service', but records of kind ChangeRequest are checked here | Write: kind: ChangeRequest"),
    ("ConfigurationItem", "/spec/tier", 5, "/spec/tier schema-value: tier is 5, more than 4 | Write 4 or less."),
    ("ApprovalRule", "/spec/require/0/count", 0, "/spec/require/0/count schema-value: count is 0, less than 1 | Write 1 or more."),
    ("ApprovalRule", "/spec/require", [], "/spec/require schema-value: require has no items, fewer than 1 | Write at least 1 item, or take require away if it is not needed."),
    ("ApprovalRule", "/spec/require/0", {"role": "a", "owner_of": "items"}, "/spec/require/0 schema-value: only one of role and owner_of can stand in spec.require[0] | Take the others away."),
    ("ServiceLevelAgreement", "/spec/services", ["loans", "loans"], "/spec/services/1 schema-value: services holds 'loans' twice | Take one of the two away."),
    ("ChangeRequest", "/metadata/title", "x" * 201, "/metadata/title schema-value: title has 201 characters, more than 200 | Make it shorter."),
    # dates, times, names, references
    ("ChangeRequest", "/spec/requested_on", "22.11.2026", "/spec/requested_on schema-format: requested_on: '22.11.2026' is not a date like 2026-11-22 | Write the year first: 2026-11-22."),
    ("ChangeRequest", "/spec/requested_on", "2026-02-30", "/spec/requested_on schema-format: requested_on: '2026-02-30' is not a date like 2026-11-22 | There is no such day in the calendar."),
    ("ChangeRequest", "/spec/requested_on", "3/4/2026", "/spec/requested_on schema-format: requested_on: '3/4/2026' is not a date like 2026-11-22 | Day and month can be read in two ways: write year-month-day."),
    ("ChangeRequest", "/spec/requested_on", "2026-11-22T08:00:00Z", "/spec/requested_on schema-format: requested_on: '2026-11-22T08:00:00Z' is not a date like 2026-11-22 | Only the day is wanted: 2026-11-22."),
    ("ChangeRequest", "/spec/requested_on", "tomorrow", "/spec/requested_on schema-format: requested_on: 'tomorrow' is not a date like 2026-11-22 | Write year, month and day with two digits each for month and day."),
    ("ChangeRequest", "/spec/implementation", {"started": "2026-11-22T08:00"}, "/spec/implementation/started schema-format: started: '2026-11-22T08:00' is not an instant like 2026-11-22T08:00:00+02:00 | The offset from UTC is missing: 2026-11-22T08:00:00+02:00 in Tallinn in winter, 2026-11-22T08:00:00Z in UTC."),
    ("ChangeRequest", "/spec/implementation", {"started": "2026-11-22 08:00 +0200"}, "/spec/implementation/started schema-format: started: '2026-11-22 08:00 +0200' is not an instant like 2026-11-22T08:00:00+02:00 | Write: 2026-11-22T08:00:00+02:00."),
    ("ChangeRequest", "/spec/implementation", {"started": "2026-11-22"}, "/spec/implementation/started schema-format: started: '2026-11-22' is not an instant like 2026-11-22T08:00:00+02:00 | The time of day is missing: 2026-11-22T08:00:00+02:00."),
    ("ChangeRequest", "/spec/schedule/start", "22.11.2026 6:00", "/spec/schedule/start schema-format: start: '22.11.2026 6:00' is not an instant like 2026-11-22T22:00:00+02:00, or a local time like 2026-11-22T22:00 with a zone beside it | Write: 2026-11-22T06:00, with its zone beside it; or with its offset: 2026-11-22T06:00:00+02:00."),
    ("ChangeRequest", "/spec/backout/steps", "-Stop Koha - Start it", "/spec/backout/steps schema-type: steps is the text '-Stop Koha - Start it', but a list is wanted | Put a space behind the dash, and each item on a line of its own."),
    ("ChangeRequest", "/metadata/labels", ["a", "b"], "/metadata/labels schema-type: labels is a list, but a mapping is wanted | Write keys with values in place of a list: labels: {key: value}"),
    ("ChangeRequest", "/spec/backout/steps/0", {"Stop": "Koha"}, "/spec/backout/steps/0 schema-type: steps[0] is a mapping, but a text is wanted | A colon with a space behind it makes a key. Put quotes around the text: - \"Stop: Koha\""),
    ("ChangeRequest", "/spec/schedule/zone", "Tallinn", "/spec/schedule/zone schema-format: zone: 'Tallinn' is not an IANA time zone like Europe/Tallinn | Did you mean Europe/Tallinn?"),
    ("ChangeRequest", "/spec/schedule/zone", "Europe/Talinn", "/spec/schedule/zone schema-format: zone: 'Europe/Talinn' is not an IANA time zone like Europe/Tallinn | Did you mean Europe/Tallinn?"),
    ("ChangeRequest", "/spec/backout/duration", "2 hours", "/spec/backout/duration schema-format: duration: '2 hours' is not a length of time like 90m, 2h or 1h30m | Write: duration: 2h"),
    ("Service", "/spec/hours/normal/0/from", "8:00", "/spec/hours/normal/0/from schema-format: from: '8:00' is not a time of day like 08:30, with two digits for the hour | Write: from: \"08:00\""),
    ("ChangeRequest", "/metadata/name", "Näide 1", "/metadata/name schema-format: name: 'Näide 1' is not a name of ASCII letters and digits, with single dots or dashes between them, like db-01 or CHG-2026-0042 | Write: name: Naide-1"),
    ("ChangeRequest", "/metadata/name", "con", "/metadata/name schema-format: name: 'con' is a device name on Windows, where no file can be called that | Choose another one."),
    ("ChangeRequest", "/metadata/title", "Restart ", "/metadata/title schema-format: title: 'Restart ' is not one line of text without blanks at either end | Write: title: Restart"),
    ("ChangeRequest", "/metadata/title", "", "/metadata/title schema-format: title is empty | Write for example: title: PostgreSQL 15.4 to 16.2 on the loans database"),
    ("ChangeRequest", "/metadata/title", "  ", "/metadata/title schema-format: title is empty | Write for example: title: PostgreSQL 15.4 to 16.2 on the loans database"),
    ("ChangeRequest", "/spec/requester", "", "/spec/requester schema-format: requester is empty | Write for example: requester: kadri"),
    ("ChangeRequest", "/metadata/owner", "mari@example.org", "/metadata/owner schema-format: owner: 'mari@example.org' is not a Person or Role as Kind/name | Put the kind in front of a name, as in Role/change-manager"),
    ("ChangeRequest", "/metadata/owner", "mari", "/metadata/owner schema-format: owner: 'mari' is not a Person or Role as Kind/name | Put the kind in front: Person/mari or Role/mari"),
    ("ChangeRequest", "/spec/requester", "Person/kadri", "/spec/requester schema-format: requester: 'Person/kadri' is not the name of a Person alone | Write only the name: kadri"),
    ("ChangeRequest", "/spec/requester", "Kadri Kask", "/spec/requester schema-format: requester: 'Kadri Kask' is not the name of a Person | Write: Kadri-Kask"),
    ("ChangeRequest", "/spec/items/0/item", "db-01", "/spec/items/0/item schema-format: item: 'db-01' is not a record as Kind/name, or a file as File/path | Put the kind in front, as in ConfigurationItem/db-01"),
    ("ChangeRequest", "/spec/items/0/item", "File/../x", "/spec/items/0/item schema-format: item: 'File/../x' is a path with . or .. in it | Choose another one."),
    ("Person", "/spec/emails/0", "mari@", "/spec/emails/0 schema-format: emails[0]: 'mari@' is not an e-mail address like mari@example.org | Write for example: mari.tamm@raamatukogud.example"),
    ("CIType", "/spec/attributes/Serial No", {}, "/spec/attributes/Serial No (key) schema-format: the key 'Serial No' is not a name of small letters, digits and underscores, like serial_number | Write: serial_no"),
    ("CIType", "/spec/attributes/engine/pattern", "(?=a)", "/spec/attributes/engine/pattern schema-format: pattern: '(?=a)' is not a regular expression without look-around and back references | Leave out look-around, such as (?=…) and (?<!…), and back references, such as \\1; close every bracket."),
    ("CIType", "/spec/attributes/engine/mininum", 1, "/spec/attributes/engine/mininum (key) schema-unknown-field: unknown field 'mininum' in spec.attributes.engine | Did you mean minimum or minItems?"),
    ("CIType", "/spec/attributes/engine/type", "strin", "/spec/attributes/engine/type schema-value: type cannot be 'strin' | Did you mean string? Allowed: string, integer, number, boolean, array, object."),
    ("CIType", "/spec/attributes/engine/type", ["strin"], "/spec/attributes/engine/type/0 schema-value: type[0] cannot be 'strin' | Did you mean string? Allowed: string, integer, number, boolean, array, object."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "pointer", "value", "line"), MISTAKES)
def test_a_mistake_is_explained_in_one_line(kind, pointer, value, line):
    assert lines(kind, edited(kind, pointer, value)) == [line]


@pytest.mark.parametrize("written", ["105", "007"])
def test_quotes_are_not_advised_where_the_text_would_not_fit_either(written):
    data = edited("ChangeRequest", "/spec/backout/duration", int(written))
    [line] = lines("ChangeRequest", data, lambda _: written)
    assert "quotes" not in line
    assert "Write for example: duration: " in line


def moved(kind, *, put=(), taken=(), into=""):
    """An example of the kind with fields of spec or metadata moved elsewhere: `taken` from, `put` into."""
    data = copy.deepcopy(KINDS[kind].written["examples"][0])
    held = {key: data[taken].pop(key) for key in put} if put else {taken: data.pop(taken)}
    (data[into] if into else data).update(held)
    if put and not data[taken]:
        del data[taken]
    return data


SPEC = tuple(KINDS["Waiver"].written["examples"][0]["spec"])
META = tuple(KINDS["Waiver"].written["examples"][0]["metadata"])
SLIPS = [
    ({"taken": "spec", "into": "metadata"}, "/metadata/spec (key) schema-unknown-field: spec stands inside metadata | Move spec, with all that stands below it, to the left, into the column of metadata."),
    ({"taken": "metadata", "into": "spec"}, "/spec/metadata (key) schema-unknown-field: metadata stands inside spec | Move metadata, with all that stands below it, to the left, into the column of spec."),
    ({"taken": "spec", "put": SPEC, "into": "metadata"}, f"/metadata/state (key) schema-unknown-field: state, rule, record and {len(SPEC) - 3} more stand in metadata, and belong in spec | Write spec: on a line of its own in front of state, in the column of metadata."),
    ({"taken": "spec", "put": SPEC}, f"/state (key) schema-unknown-field: state, rule, record and {len(SPEC) - 3} more stand at the top level of the record, and belong in spec | Write spec: on a line of its own in front of state, and indent them by two blanks."),
    ({"taken": "metadata", "put": META}, "/name (key) schema-unknown-field: name, title and owner stand at the top level of the record, and belong in metadata | Write metadata: on a line of its own in front of name, and indent them by two blanks."),
]  # fmt: skip


@pytest.mark.parametrize(("slip", "line"), SLIPS)
def test_a_slip_of_the_indentation_is_told_once(slip, line):
    assert lines("Waiver", moved("Waiver", **slip)) == [line]


def test_fields_below_an_empty_spec_are_told_once():
    data = {**moved("Waiver", taken="spec", put=SPEC), "spec": None}
    assert lines("Waiver", data) == [
        f"/state (key) schema-unknown-field: state, rule, record and {len(SPEC) - 3} more stand at the top level of the record, and belong in spec | Move them below spec:, two blanks further right than that line."
    ]  # fmt: skip


def test_a_slip_hides_no_other_fault():
    data = moved("Waiver", taken="spec", into="metadata")
    data["metadata"]["titel"] = data["metadata"].pop("title")
    assert [line.partition(":")[0] for line in lines("Waiver", data)] == [
        "/metadata/spec (key) schema-unknown-field",
        "/metadata/titel (key) schema-unknown-field",
    ]


CLOCKS = [
    ("2027-03-28T03:30", "/spec/schedule/start schema-format: start: '2027-03-28T03:30' does not exist in Europe/Tallinn, where the clocks are put forward over it | Write start: 2027-03-28T04:30, as the clocks show it then."),
    ("2027-03-28T03:00:00", "/spec/schedule/start schema-format: start: '2027-03-28T03:00:00' does not exist in Europe/Tallinn, where the clocks are put forward over it | Write start: 2027-03-28T04:00:00, as the clocks show it then."),
    ("2026-10-25T03:59", "/spec/schedule/start schema-format: start: '2026-10-25T03:59' comes twice in Europe/Tallinn, where the clocks are put back over it | Write it with its offset: 2026-10-25T03:59:00+03:00 the first time, 2026-10-25T03:59:00+02:00 the second."),
    ("2027-03-28T02:59", ""),
    ("2027-03-28T04:00", ""),
    ("2026-10-25T04:00", ""),
    ("2026-10-25T03:59:00+02:00", ""),
]  # fmt: skip


@pytest.mark.parametrize(("start", "line"), CLOCKS)
def test_a_local_time_that_the_clocks_skip_or_show_twice_is_told_with_what_to_write(start, line):
    kind, data = KINDS["ChangeRequest"], edited("ChangeRequest", "/spec/schedule/start", start)
    assert kind.conforms(data)
    found = [f"{one.pointer} {one.rule}: {one.message} | {one.hint}" for one in kind.clock_faults(data)]
    assert found == ([line] if line else [])


def test_a_local_time_below_a_zone_is_meant_in_it_and_needs_one():
    data = edited("ChangeRequest", "/spec/schedule", {"start": "2027-03-28T00:00:00Z", "end": "2027-03-28T03:00:00Z", "outage": {"start": "2027-03-28T03:10", "end": "2027-03-28T05:00"}})  # fmt: skip
    kind = KINDS["ChangeRequest"]
    assert [one.message for one in kind.clock_faults(data)] == [
        "start: '2027-03-28T03:10' has no offset from UTC, and there is no zone in spec.schedule",
        "end: '2027-03-28T05:00' has no offset from UTC, and there is no zone in spec.schedule",
    ]
    data["spec"]["schedule"]["zone"] = "Europe/Tallinn"
    assert [one.pointer for one in kind.clock_faults(data)] == ["/spec/schedule/outage/start"]


def test_what_no_zone_is_or_ends_with_the_calendar_has_no_second_fault():
    for start, zone in (("9999-12-31T23:59", "America/New_York"), ("0001-01-01T00:00", "Asia/Tokyo")):
        data = edited("ChangeRequest", "/spec/schedule", {"start": start, "end": start, "zone": zone})
        assert not KINDS["ChangeRequest"].clock_faults(data)


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("1.10", 'Put quotes around it: version: "1.10"'),
        ("0o17", 'Put quotes around it: version: "0o17"'),
        (None, 'Put quotes around it, exactly as it is meant: version: "…"'),
        ("1" * 100, 'Put quotes around it, exactly as it is meant: version: "…"'),
    ],
)
def test_a_hint_quotes_what_the_file_holds_where_that_is_known(source, hint):
    data = edited("ConfigurationItem", "/spec/version", 1.1)
    (fault,) = KINDS["ConfigurationItem"].explain(data, lambda pointer: source if pointer == "/spec/version" else None)
    assert fault.hint == hint


def test_all_faults_are_told_at_once():
    data = edited("Waiver", "/spec", {"state": "grantd", "rule": 7, "recrd": "Service/loans", "expires": "31.12.2026"})
    assert lines("Waiver", data) == [
        "/spec/recrd (key) schema-unknown-field: unknown field 'recrd' in spec | Did you mean record? Fields of spec: state, rule, record, at, reason, risk, compensation, approved_by, approved_on, expires.",
        "/spec/reason (key) schema-missing-field: reason is missing in spec: why the deviation is acceptable | Write for example: reason: The new director wants to agree on it herself.",
        "/spec/state schema-value: state cannot be 'grantd' | Did you mean granted? Allowed: requested, granted, refused, revoked.",
        '/spec/rule schema-type: rule is the number 7, but a text is wanted | Put quotes around it, exactly as it is meant: rule: "…"',
        "/spec/expires schema-format: expires: '31.12.2026' is not a date like 2026-11-22 | Write the year first: 2026-12-31.",
    ]  # fmt: skip


def test_every_advice_that_names_a_value_names_one_that_is_accepted():
    """The hint of a mended form is taken at its word, and the record is then fine."""
    mended = 0
    for kind, pointer, value, _ in MISTAKES:
        (fault,) = KINDS[kind].explain(edited(kind, pointer, value))
        if (
            fault.rule != "schema-format"
            or fault.key
            or not fault.hint.startswith(("Write: ", "Write the year first: "))
        ):
            continue
        meant = fault.hint.split(": ")[-1].strip('"').removesuffix(".")
        assert (
            KINDS[kind].explain(
                edited(kind, fault.pointer, meant)
                if fault.pointer == pointer
                else edited(kind, pointer, {"started": meant})
            )
            == ()
        )
        mended += 1
    assert mended >= 8


@pytest.mark.parametrize(
    ("schema", "value", "line"),
    [
        ({"type": "string", "minLength": 3}, "ab", "the record has 2 characters, fewer than 3 | Write at least 3 characters."),
        ({"type": "number", "exclusiveMinimum": 0}, 0, "the record is 0, not more than 0 | Write more than 0."),
        ({"type": "number", "multipleOf": 2}, 3, "the record is 3, no multiple of 2 | Write a multiple of 2."),
        ({"maxItems": 1}, [1, 2], "the record has 2 items, more than 1 | Leave at most 1 item."),
        ({"const": 5}, 6, "the record is 6, but can only be 5 | Write: 5"),
        ({"type": ["string", "null"]}, 5, 'the record is the number 5, but a text or nothing is wanted | Put quotes around it, exactly as it is meant: "…"'),
        ({"properties": {"a": False}}, {"a": 1}, "nothing can stand at a | "),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "b is missing, as 'a' is given | "),
        ({"contains": {"const": 1}}, [2], "the record does not keep to contains | "),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"A": 1}, "unknown field 'A' | Did you mean a? Fields: a."),
    ],
)  # fmt: skip
def test_faults_against_a_schema_out_of_a_record(schema, value, line):
    assert [f"{fault.message} | {fault.hint}" for fault in kinds.compile_schema(schema).explain(value)] == [line]
