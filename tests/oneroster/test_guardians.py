"""Guardians of users.csv: contacts of students, by agentSourcedIds."""

import pytest

from core.models import Guardian, StudentGuardian, User
from exchange import imports
from oneroster.incoming import imports as batches
from oneroster.incoming.service import import_bundle
from tests.oneroster import bundles
from tests.oneroster.bundles import enrollment, role, small, user
from tests.oneroster.conftest import exported, inside
from tests.oneroster.test_export import read, row_of, row_sets

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def family(*people, **more):
    """Return a bundle of two students and of `people`: (row, role)."""
    students = [
        user("s1", "Max", "Young", email="max@s.example") | more.pop("s1", {}),
        user("s2", "Mia", "Young", email="mia@s.example") | more.pop("s2", {}),
    ]
    rows = [row for row, _ in people]
    return {
        "orgs": small()["orgs"],
        "users": [*students, *rows],
        "roles": [
            role("s1", "student"),
            role("s2", "student"),
            *(role(row["sourcedId"], word) for row, word in people),
        ],
    } | more


def gail(**columns):
    own = {"email": "gail@s.example", "sms": "555-2", "phone": "555-1"}
    return user("g1", "Gail", "Young", **(own | columns))


def notes(report):
    return [i.reason for i in report.issues if i.file == "users" and "e-mail" not in i.reason]


def links():
    pairs = StudentGuardian.objects.values_list("guardian__name", "student__name")
    return sorted(f"{guardian} of {student}" for guardian, student in pairs)


@pytest.mark.parametrize(
    ("of_student", "of_guardian"), [("g1", ""), ("", "s1"), ("g1", "s1"), (" g1 , ", "s1,s1")]
)
def test_either_row_says_who_belongs_to_whom(run, of_student, of_guardian):
    row = (gail(agentSourcedIds=of_guardian), "parent")
    files = family(row, s1={"agentSourcedIds": of_student})
    report = run(files, strict=True)
    assert report.kept
    assert notes(report) == []
    assert report.counts["users"] == {"created": 3}
    guardian = Guardian.objects.get()
    assert [guardian.name, guardian.email, guardian.phone, guardian.other_phone, guardian.user] == [
        "Gail Young", "gail@s.example", "555-1", "555-2", None]  # fmt: skip
    link = StudentGuardian.objects.get()
    assert (link.student.name, link.relation, link.portal_access) == ("Max Young", "other", True)
    assert User.objects.count() == 2  # nobody signs in through a file
    again = run(files)
    assert again.counts["users"] == {"unchanged": 3}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("guardian", ("legal_guardian", True, True)),
        ("Parent", ("other", True, True)),
        ("relative", ("relative", False, False)),
    ],
)
def test_what_they_are_to_the_student(run, word, expected):
    run(family((gail(agentSourcedIds="s1"), word)))
    link = StudentGuardian.objects.get()
    assert (link.relation, link.has_custody, link.portal_access) == expected


def test_version_1_1(run):
    files = family((gail(role="parent", orgSourcedIds="s1"), "parent"))
    del files["roles"]
    files["users"][0] |= {"role": "student", "agentSourcedIds": "g1"}
    files["users"][1] |= {"role": "student"}
    assert run(bundles.bundle_of(files, extra=["orgSourcedIds", "role"])).rejected == 0
    assert links() == ["Gail Young of Max Young"]
    exported_files = read(exported())
    assert {row["userSourcedId"]: row["role"] for row in exported_files["roles"]}["g1"] == "parent"


def test_odd_agents_are_noted(run):
    files = family(
        (gail(agentSourcedIds="ghost,t1,s2"), "parent"),
        (user("g2", "Lone", "Some", email="?"), "guardian"),
        (user("t1", "Tom", "Teach"), "teacher"),
        s1={"agentSourcedIds": "t1,nobody"},
        enrollments=[enrollment("e", "c", "g1")],
        classes=[bundles.school_class("c", "C")],
    )
    report = run(files)
    assert notes(report) == [
        "the agent “t1” is no guardian here",
        "the agent “nobody” is not in users.csv",
        "the agent “ghost” is not in users.csv",
        "the agent “t1” is no student here",
        "a guardian without a student; a contact alone",
    ]
    assert [i.reason for i in report.of_level("rejected")] == [
        "“g1” is a guardian here, a contact alone"
    ]
    assert links() == ["Gail Young of Mia Young"]
    assert Guardian.objects.get(name="Lone Some").email is None


def test_a_teacher_who_is_a_guardian_is_both(run, empty_school):
    files = family(
        (user("t1", "Tom", "Both", email="tom@s.example", phone="7"), "teacher"),
        s1={"agentSourcedIds": "t1"},
    )
    files["roles"].append(role("t1", "parent", roleType="secondary"))
    run(files)
    tom = Guardian.objects.get()
    assert (tom.name, tom.email, tom.user, links()) == (
        "Tom Both", "tom@s.example", None, ["Tom Both of Max Young"])  # fmt: skip
    assert User.objects.get(name="Tom Both").role == "teacher"
    assert run(files).counts["users"] == {"unchanged": 3}
    exported_files = read(exported())
    assert row_sets(exported_files)["users"] == row_sets(read(bundles.bundle_of(files)))["users"]
    assert {r["role"] for r in exported_files["roles"] if r["userSourcedId"] == "t1"} == {
        "teacher", "parent"}  # fmt: skip
    files["roles"].pop()
    files["roles"].append(role("t1", "parent", status="tobedeleted"))
    run(files)
    assert links() == []
    assert User.objects.get(name="Tom Both").role == "teacher"


def test_somebody_whom_no_row_names_any_more_is_unlinked(run):
    run(family((gail(agentSourcedIds="s1,s2"), "parent"), s1={"agentSourcedIds": "g1"}))
    assert links() == ["Gail Young of Max Young", "Gail Young of Mia Young"]
    run(family((gail(), "parent"), s1={"agentSourcedIds": "g1"}))
    assert links() == ["Gail Young of Max Young"]
    run({"users": [user("s1", "Max", "Young", email="max@s.example")]})  # a delta
    assert links() == []
    assert Guardian.objects.count() == 1


def test_to_be_deleted_unlinks_and_comes_back(upload, admin):
    files = family((gail(agentSourcedIds="s1"), "parent"))
    batches.start_apply(upload(files), admin)
    StudentGuardian.objects.update(relation="mother", is_emergency_contact=True)
    gone = {"users": [user("g1", "", "", status="tobedeleted")]}
    batch = batches.start_apply(upload(gone), admin)
    assert batch.options["counts"]["users"] == {"archived": 1}
    assert (links(), Guardian.objects.count()) == ([], 1)
    assert "g1" not in {row["sourcedId"] for row in read(exported())["users"]}
    imports.undo(batch, admin)
    link = StudentGuardian.objects.get()
    assert (link.relation, link.is_emergency_contact) == ("mother", True)
    batches.start_apply(upload(gone), admin)
    batches.start_apply(upload(files), admin)
    assert links() == ["Gail Young of Max Young"]


def test_what_the_school_changed_stays(run):
    files = family((gail(agentSourcedIds="s1,s2"), "parent"))
    run(files)
    Guardian.objects.update(name="Gail Y.", phone="1")
    StudentGuardian.objects.update(relation="mother", portal_access=False)
    StudentGuardian.objects.get(student__name="Mia Young").delete()
    run(files)
    run(family((gail(agentSourcedIds="s1,s2", email="new@s.example"), "parent")))
    guardian, link = Guardian.objects.get(), StudentGuardian.objects.get()
    assert (guardian.name, guardian.phone, guardian.email) == ("Gail Y.", "1", "new@s.example")
    assert (link.relation, link.portal_access) == ("mother", False)
    Guardian.objects.all().delete()
    report = run(files)
    assert [i.reason for i in report.of_level("skipped") if i.file == "users"] == [
        "was deleted here, and stays so"
    ]
    assert not Guardian.objects.exists()


def test_a_contact_here_is_found_and_a_login_opens_no_further_child(run):
    account = User.objects.create_user("gail@s.example", name="Gail Young", role="guardian")
    here = Guardian.objects.create(name="gail young", phone="(55) 51", user=account)
    other = Guardian.objects.create(name="Gail Young", phone="9")
    report = run(family((gail(agentSourcedIds="s1"), "parent")))
    assert notes(report) == [
        "is the contact “gail young” here, with the same address or number",
        "“Gail Young” has a login and does not see this child's pages until an admin allows it",
    ]
    link = StudentGuardian.objects.get()
    assert (link.guardian, link.portal_access) == (here, False)
    assert Guardian.objects.get(pk=other.pk).phone == "9"


def test_a_district_brings_the_guardians_of_its_students_here(run):
    def of(school):
        return {"primaryOrgSourcedId": school}

    files = family()
    files["orgs"].append({"sourcedId": "x", "name": "Other", "type": "school"})
    files["users"] += [
        gail(agentSourcedIds="s1") | of("d1"),
        user("g2", "Far", "Away", agentSourcedIds="o1") | of("d1"),
        user("o1", "Otto", "Other") | of("x"),
    ]
    files["roles"] += [
        role("g1", "parent", orgSourcedId="d1"),
        role("g2", "parent", orgSourcedId="d1"),
        role("o1", "student", orgSourcedId="x"),
    ]
    report = run(files, org="s1")
    assert links() == ["Gail Young of Max Young"]
    skipped = [i.sourced_id for i in report.of_level("skipped") if i.file == "users"]
    assert sorted(skipped) == ["g2", "o1"]


def test_out_and_in_again(run, empty_school):
    run(
        family(
            (gail(agentSourcedIds="s1"), "parent"),
            (user("g2", "Uli", "Uncle", phone="3"), "relative"),
            s1={"agentSourcedIds": "g1"},
            s2={"agentSourcedIds": "g2"},
        )
    )
    mine = Guardian.objects.create(name="By Hand", email="hand@s.example", other_phone="4")
    StudentGuardian.objects.create(
        guardian=mine, student=User.objects.get(name="Mia Young"), relation="mother"
    )
    Guardian.objects.filter(name="Uli Uncle").update(phone="33")
    first = exported()
    files = read(first)
    agents = {row["sourcedId"]: row["agentSourcedIds"] for row in files["users"]}
    assert agents == {
        "s1": "g1", "g1": "s1", "s2": f"g2,{mine.pk}", "g2": "", str(mine.pk): "s2"}  # fmt: skip
    assert row_of(files, "users", "g2")["phone"] == "33"
    row = row_of(files, "users", str(mine.pk))
    assert [row[n] for n in ("givenName", "familyName", "email", "phone", "sms")] == [
        "By", "Hand", "hand@s.example", "", "4"]  # fmt: skip
    words = {row["userSourcedId"]: row["role"] for row in files["roles"]}
    assert (words["g1"], words["g2"], words[str(mine.pk)]) == ("parent", "relative", "parent")
    report = import_bundle(first, tenant=(other := empty_school("second")), name="first.zip")
    assert (report.rejected, report.total("skipped")) == (0, 0)
    with inside(other):
        assert len(links()) == 3
        assert row_sets(read(exported()), without=()) == row_sets(files, without=())


def test_undo_takes_contacts_back(upload, admin):
    files = family((gail(agentSourcedIds="s1"), "parent"))
    batch = upload(files)
    made = batch.rows.filter(table_name__in=["guardians", "student_guardians"])
    assert set(made.values_list("file", "outcome")) == {("users", "created")}
    batches.start_apply(batch, admin)
    imports.undo(batch, admin)
    assert not Guardian.objects.exists()
    assert not StudentGuardian.objects.exists()
