"""Labels, contact sheets and emergency lists: who gets what, read back from the PDF."""

import io

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from core.models import Guardian, PersonField, StudentGuardian, User
from core.rls import tenant_context
from core.services import photos
from exchange.models import Export
from reporting.admin import people_papers
from reporting.people import documents

pytestmark = pytest.mark.django_db
PEOPLE = "admin:core_user_changelist"


@pytest.fixture
def school(cast):
    """School A, whose student has a record, a father who is called first, and a photo."""
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        record = {"medical_notes": "Allergic to *peanuts*", "birth_date": "2014-03-12"}
        student = User.objects.get(pk=school.student.pk)
        student.metadata, student.phone = record, "+1 555 100"
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(picture, "JPEG")
        photos.keep(student, picture.getvalue())
        student.save()
        StudentGuardian.objects.filter(pk=school.student_guardian.pk).update(
            call_order=2, relation="mother", is_emergency_contact=True
        )
        father = Guardian.objects.create(
            name="Frank Father",
            phone="+1 555 200",
            other_phone="+1 555 300",
            address="1 Elm St\nOak",
        )
        StudentGuardian.objects.create(
            student=student, guardian=father, relation="father", call_order=1, has_custody=False
        )
    return school


def text_of(school, user, make, people):
    with tenant_context(school.tenant, user):
        pdf, count = make([str(person.pk) for person in people])
    assert count == bool(pdf) * len(people)
    pages = PdfReader(io.BytesIO(pdf)).pages if pdf else []
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def is_pdf(response):
    return b"".join(response.streaming_content).startswith(b"%PDF")


def act(client, action, people, **more):
    keys = [person.pk for person in people]
    data = {"action": action, ACTION_CHECKBOX_NAME: keys, "index": "0"} | more
    return client.post(reverse(PEOPLE), data)


def test_an_emergency_list_says_whom_to_call_in_which_order(school):
    text = text_of(school, school.admin, documents.emergency_list, [school.student])
    for part in ("School A", "Emergency list", "born 12 Mar 2014", "+1 555 100", "Confidential"):
        assert part in text
    assert "Medical notes: Allergic to *peanuts*" in text
    first = text.index("1 Frank Father Father, may not pick up, no custody +1 555 200 · +1 555 300")
    assert first < text.index(f"2 {school.guardian_record.name} Mother, emergency contact")


@pytest.mark.parametrize("role", ["registrar", "bursar", "teacher"])
def test_medical_notes_are_for_those_who_read_them(school, role):
    reads = role == "registrar"
    user = getattr(school, role)
    text = text_of(school, user, documents.emergency_list, [school.student])
    assert "Frank Father" in text
    assert ("peanuts" in text) == reads
    if reads:
        return
    with tenant_context(school.tenant, school.admin):
        PersonField.objects.filter(key="medical_notes").update(readers="teachers")
    assert "peanuts" in text_of(school, user, documents.emergency_list, [school.student])


def test_a_teacher_prints_own_students_only(school):
    both = [school.student, school.other_student]
    with tenant_context(school.tenant, school.teacher):
        _pdf, count = documents.emergency_list([str(person.pk) for person in both])
    assert count == 1


def test_labels_have_the_address_that_is_known(school):
    text = text_of(school, school.admin, documents.labels, [school.student])
    assert f"{school.student.name} {school.homeroom.name}" in text
    assert "1 Elm St Oak" in text


def test_a_contact_sheet_has_photos_and_ways_to_reach_people(school):
    people = [school.student, school.teacher]
    with tenant_context(school.tenant, school.admin):
        pdf, _count = documents.contact_sheet([str(person.pk) for person in people])
    [page] = PdfReader(io.BytesIO(pdf)).pages
    assert len(page.images) == 1
    text = page.extract_text().replace("\n", "")
    for part in ("+1 555 100", school.student.email, school.homeroom.name, "Teacher"):
        assert part in text


@pytest.mark.parametrize("action", ["print_labels", "contact_sheet", "emergency_list"])
def test_the_list_of_people_prints_the_chosen_ones(client, school, sign_in, action):
    sign_in(client, school, school.admin)
    response = act(client, action, [school.student, school.teacher])
    assert is_pdf(response)
    with tenant_context(school.tenant, school.admin):
        export = Export.objects.get(kind="people_papers")
    assert export.row_count == (1 if action == "emergency_list" else 2)
    assert is_pdf(act(client, action, [school.student], select_across="1"))


def test_too_many_and_nobody_are_said(client, school, sign_in, monkeypatch):
    sign_in(client, school, school.admin)
    nobody = act(client, "emergency_list", [school.teacher])
    assert nobody.status_code == 302
    listed = client.get(reverse(PEOPLE))
    assert "Nobody of those chosen belongs on this list." in listed.content.decode()
    monkeypatch.setattr(people_papers, "MOST", 1)
    act(client, "print_labels", [school.student, school.teacher])
    listed = client.get(reverse(PEOPLE))
    assert "At most 1 people at once: filter the list first." in listed.content.decode()


def test_report_cards_of_the_chosen_students_ask_for_the_term(client, school, sign_in):
    sign_in(client, school, school.registrar)
    chosen = act(client, "report_cards_of_these", [school.student, school.teacher])
    assert chosen.url == f"{reverse('admin:chosen_report_cards')}?student={school.student.pk}"
    page = client.get(chosen.url)
    assert [student.pk for student in page.context["students"]] == [school.student.pk]
    assert is_pdf(client.post(chosen.url, {"term": str(school.term.pk)}))
    address = reverse("admin:chosen_report_cards")
    assert client.get(address).status_code == 404
    sign_in(client, school, school.bursar)
    assert client.get(chosen.url).status_code == 403
    assert "report_cards_of_these" not in client.get(reverse(PEOPLE)).content.decode()


def test_another_schools_students_have_no_cards_here(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    address = f"{reverse('admin:chosen_report_cards')}?student={cast.b.student.pk}"
    assert client.get(address).status_code == 404
    assert client.get(f"{reverse('admin:chosen_report_cards')}?student=x").status_code == 404
