"""users.csv and roles.csv."""

import pytest

from core.models import User
from core.models.user import PLACEHOLDER_DOMAIN
from oneroster.incoming.people import EMAIL, placeholder_email
from tests.oneroster.bundles import role, small, user

pytestmark = pytest.mark.django_db


def reasons(report, level="note", file="users"):
    return [issue.reason for issue in report.of_level(level) if issue.file == file]


def people(*users, roles=None):
    """Return a bundle of people alone; each is a student unless `roles` says otherwise."""
    if roles is None:
        roles = [role(row["sourcedId"], "student") for row in users]
    return {"users": list(users), "roles": roles, "orgs": small()["orgs"]}


@pytest.mark.parametrize("kind", ["siteAdministrator", "principal", "districtAdministrator",
                                  "systemAdministrator", "administrator"])  # fmt: skip
def test_administrators_arrive_suspended(run, kind):
    files = people(user("p", "Pat", "Head", email="pat@s.example"), roles=[role("p", kind)])
    report = run(files)
    pat = User.objects.get()
    assert (pat.role, pat.status, pat.password) == ("admin", "suspended", "!")
    assert reasons(report) == [
        f"administrator (“{kind}”): suspended until an admin of the school agrees"
    ]
    User.objects.update(status="active")  # an admin agreed
    run(files)
    assert User.objects.get().status == "active"


@pytest.mark.parametrize("kind", ["aide", "proctor", "counselor"])
def test_roles_without_a_counterpart_are_skipped(run, kind):
    files = people(user("g", "Gail", "Helper"), roles=[role("g", kind)])
    report = run(files, strict=True)
    assert reasons(report, "skipped") == [f"the role “{kind}” has no counterpart here"]
    assert report.kept
    assert not User.objects.exists()


def test_of_several_roles_one_that_exists_here_counts(run):
    run(
        people(
            user("p", "Pat", "Both", email="p@s.example"),
            roles=[role("p", "parent"), role("p", "teacher", roleType="secondary")],
        )
    )
    assert User.objects.get().role == "teacher"


def test_roles_in_version_1_1_stand_in_users(run):
    files = {
        "orgs": small()["orgs"],
        "users": [
            user("a", "Ann", "One", role="teacher", orgSourcedIds="s1"),
            user("b", "Bob", "Two", role="Student", orgSourcedIds="s1"),
        ],
    }
    from tests.oneroster import bundles

    zipped = bundles.zip_of(
        {
            "orgs.csv": bundles.csv_text(bundles.HEADERS["orgs"], files["orgs"]),
            "users.csv": bundles.csv_text(
                ["role", "orgSourcedIds", *bundles.HEADERS["users"]], files["users"]
            ),
        }
    )
    report = run(zipped)
    assert report.version == "1.1"
    assert dict(User.objects.values_list("name", "role")) == {
        "Ann One": "teacher",
        "Bob Two": "student",
    }


def test_a_role_is_taken_from_the_classes_where_roles_csv_is_missing(run):
    report = run(small(roles=None))
    assert report.rejected == 0
    assert User.objects.teachers().count() == 2
    assert User.objects.students().count() == 3


def test_no_role_at_all_is_rejected(run):
    report = run(people(user("u", "No", "Role"), roles=[role("ghost", "student")]))
    assert reasons(report, "rejected") == ["no role, neither in roles.csv nor in a class"]
    assert reasons(report, "rejected", "roles") == ["the person “ghost” is not in users.csv"]


def test_preferred_names_win_and_a_missing_name_is_rejected(run):
    report = run(
        people(
            user("a", "Robert", "Ross", preferredGivenName="Bob"),
            user("b", "", "", username=""),
            user("c", "", "", username="login"),
        )
    )
    assert sorted(User.objects.values_list("name", flat=True)) == ["Bob Ross", "login"]
    assert reasons(report, "rejected") == ["no name"]


def test_disabled_is_suspended(run):
    run(people(user("a", "A", "B", enabledUser="FALSE"), user("c", "C", "D", enabledUser="TRUE")))
    assert dict(User.objects.values_list("name", "status")) == {
        "A B": "suspended",
        "C D": "active",
    }


def test_missing_malformed_and_double_addresses_become_placeholders(run):
    users = [
        user("1", "No", "Address"),
        user("2", "Bad", "Address", email="not an address"),
        user("3", "First", "Holder", email="same@s.example"),
        user("4", "Second", "Holder", email="SAME@s.example"),
        user("5", "Long", "Address", email=f"{'x' * 250}@s.example"),
    ]
    report = run(people(*users))
    addresses = dict(User.objects.values_list("name", "email"))
    assert addresses.pop("First Holder") == "same@s.example"
    assert all(address.endswith("@" + PLACEHOLDER_DOMAIN) for address in addresses.values())
    assert len(set(addresses.values())) == 4
    flagged = User.objects.filter(metadata___imported__email_placeholder=True)
    assert set(flagged.values_list("name", flat=True)) == set(addresses)
    assert len(reasons(report)) == 4
    run(people(*users))
    assert dict(User.objects.exclude(name="First Holder").values_list("name", "email")) == addresses


def test_a_placeholder_gives_way_to_an_address(run):
    run(people(user("1", "Now", "Reachable")))
    run(people(user("1", "Now", "Reachable", email="now@s.example")))
    person = User.objects.get()
    assert (person.email, person.has_placeholder_email) == ("now@s.example", False)
    assert "email_placeholder" not in person.metadata.get("_imported", {})


@pytest.mark.parametrize("sourced_id", ["207268", "a b/c", "", "Ä" * 255, "{3F2504E0-4F89}"])
def test_placeholders_are_valid_and_of_bearable_length(sourced_id):
    address = placeholder_email(sourced_id)
    assert EMAIL.fullmatch(address)
    assert len(address) < 100
    assert address == placeholder_email(sourced_id)
    assert address != placeholder_email(sourced_id + "x")


def test_exchanged_addresses(run):
    run(
        people(
            user("1", "One", "X", email="a@s.example"), user("2", "Two", "X", email="b@s.example")
        )
    )
    files = people(
        user("1", "One", "X", email="b@s.example"), user("2", "Two", "X", email="a@s.example")
    )
    run(files)
    assert dict(User.objects.values_list("name", "email")) == {
        "One X": "b@s.example",
        "Two X": "a@s.example",
    }
    assert run(files).counts["users"] == {"unchanged": 2}


def test_an_existing_person_with_the_address_is_linked(run):
    here = User.objects.create(
        email="Max@S.example", name="Maximilian", role="student", status="suspended"
    )
    report = run(people(user("1", "Max", "Young", email="max@s.example")))
    person = User.objects.get()
    assert (person.pk, person.name, person.status) == (here.pk, "Max Young", "suspended")
    assert reasons(report) == ["linked to “Maximilian” here, who has the same e-mail address"]


def test_an_admin_here_is_never_taken_for_a_student(run):
    admin = User.objects.create(email="head@s.example", name="Head", role="admin")
    run(people(user("1", "Child", "Head", email="head@s.example")))
    admin.refresh_from_db()
    assert (admin.role, admin.name) == ("admin", "Head")
    assert User.objects.get(name="Child Head").has_placeholder_email


def test_a_guardian_here_is_never_taken_for_a_student(run):
    guardian = User.objects.create(email="home@s.example", name="Home", role="guardian")
    run(people(user("1", "Child", "Home", email="home@s.example")))
    guardian.refresh_from_db()
    assert (guardian.role, guardian.name) == ("guardian", "Home")
    assert User.objects.get(name="Child Home").has_placeholder_email


def test_an_admin_here_keeps_role_status_and_address(run):
    User.objects.create(email="head@s.example", name="Head", role="admin")
    teacher = user("1", "Head", "Teacher", email="head@s.example")
    run(people(teacher, roles=[role("1", "teacher")]))
    files = people(
        teacher | {"email": "other@s.example", "enabledUser": "false"},
        roles=[role("1", "student")],
    )
    report = run(files)
    admin = User.objects.get()
    assert (admin.role, admin.status, admin.email) == ("admin", "active", "head@s.example")
    assert reasons(report) == [
        "is an admin here and keeps the role",
        "is an admin here and keeps the status",
        "is an admin here and keeps the email",
    ]
    run(people(teacher | {"status": "tobedeleted"}, roles=[role("1", "teacher")]))
    assert User.objects.get().status == "active"


def test_an_import_makes_nobody_an_admin_who_can_sign_in(run):
    person = user("1", "Ann", "Rise", email="ann@s.example")
    run(people(person, roles=[role("1", "teacher")]))
    report = run(people(person, roles=[role("1", "principal")]))
    assert User.objects.get().role == "teacher"
    assert reasons(report) == [
        "is an administrator in the bundle; stays a teacher until changed by hand"
    ]


def test_to_be_deleted_archives_and_comes_back(run):
    person = user("1", "Ann", "Gone", email="ann@s.example")
    run(people(person))
    report = run(people(person | {"status": "tobedeleted"}))
    assert report.counts["users"] == {"archived": 1}
    assert User.objects.get().status == "archived"
    assert run(people(person | {"status": "tobedeleted"})).counts["users"] == {"unchanged": 1}
    run(people(person))
    assert User.objects.get().status == "active"


def test_to_be_deleted_and_never_imported_is_skipped(run):
    report = run(people(user("1", "Ann", "Gone", status="tobedeleted")))
    assert reasons(report, "skipped") == ["to be deleted, and was never imported"]


def test_new_sourced_ids_for_the_same_people(run):
    run(people(user("old", "Ann", "Same", email="ann@s.example")))
    run(people(user("new", "Ann", "Same", email="ann@s.example")))
    assert User.objects.get().email == "ann@s.example"


def test_passwords_in_the_bundle_are_kept_nowhere(run):
    from oneroster.models import SourcedRecord

    run(people(user("1", "Ann", "Secret", password="swordfish")))
    assert User.objects.get().password == "!"
    assert "swordfish" not in str(list(SourcedRecord.objects.values_list("data", flat=True)))
