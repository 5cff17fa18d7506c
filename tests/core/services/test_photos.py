"""Photos: what is taken, what is kept of it, and who sees whose."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from core.models import User
from core.rls import tenant_context
from core.services import photos
from tests.core.admin.test_refusals import errors, form_data, url

pytestmark = pytest.mark.django_db


def picture(size=(300, 600), kind="JPEG", **options):
    data = io.BytesIO()
    Image.new("RGB", size, "red").save(data, kind, **options)
    return data.getvalue()


def upload(content, name="face.jpg"):
    return SimpleUploadedFile(name, content)


def with_place():
    """Return a picture that says where and by what it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    return picture(exif=exif)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(300, 600), (2000, 900), (10, 10)])
def test_a_photo_becomes_a_square_jpeg(kind, size):
    kept = Image.open(io.BytesIO(photos.square(upload(picture(size, kind)))))
    assert (kept.format, kept.size) == ("JPEG", (photos.SIDE, photos.SIDE))


def test_nothing_else_of_the_file_is_kept():
    content = with_place()
    assert b"Secret camera" in content
    assert b"Secret camera" not in photos.square(upload(content + b"<script>"))
    assert b"<script>" not in photos.square(upload(content + b"<script>"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<svg onload=alert(1)>", "This is not a picture in PNG, JPEG or WebP."),
        (b"", "This is not a picture in PNG, JPEG or WebP."),
        (picture(kind="GIF"), "This is not a picture in PNG, JPEG or WebP."),
        (picture()[:200], "This is not a picture in PNG, JPEG or WebP."),
        (b"x" * (8 * 2**20 + 1), "The picture may have at most 8 MB."),
    ],
)
def test_what_is_no_photo_is_refused(content, sentence):
    with pytest.raises(ValidationError) as error:
        photos.square(upload(content))
    assert error.value.messages == [sentence]


@pytest.fixture
def with_photo(cast):
    """The student of school A, with a photo."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        student = User.objects.get(pk=cast.a.student.pk)
        photos.keep(student, photos.square(upload(picture())))
        student.save(update_fields=["photo"])
    return student


def address(person):
    return reverse("person_photo", args=[person.pk])


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200),
        ("teacher", 200),
        ("student", 200),
        ("guardian", 200),
        ("outsider", 404),
        ("other_student", 404),
        ("other_guardian", 404),
    ],
)
def test_whoever_sees_the_person_sees_the_photo(client, cast, sign_in, with_photo, who, status):
    sign_in(client, cast.a, getattr(cast.a, who))
    response = client.get(address(with_photo))
    assert response.status_code == status
    if status == 200:
        assert response.headers["Content-Type"] == "image/jpeg"
        assert response.headers["Cache-Control"] == "private, no-cache"
        again = client.get(address(with_photo), headers={"if-none-match": response.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    else:
        assert client.get(address(with_photo), headers={"if-none-match": "*"}).status_code == 404


def test_nobody_else_sees_it(client, cast, sign_in, with_photo):
    assert client.get(address(with_photo), headers={"host": cast.a.host}).status_code == 302
    sign_in(client, cast.b, cast.b.admin)
    assert client.get(address(with_photo)).status_code == 404
    assert client.get(address(cast.b.student)).status_code == 404  # there is none


def test_the_office_uploads_replaces_and_removes_it(client, cast, sign_in):
    office = sign_in(client, cast.a, cast.a.admin)
    page = url(User, "change", cast.a.student)

    def send(**values):
        data = {k: v for k, v in form_data(office, page).items() if k != "new_photo"} | values
        return office.post(page, data)

    def name():
        with tenant_context(cast.a.tenant, cast.a.admin):
            return User.objects.get(pk=cast.a.student.pk).photo

    assert send(new_photo=upload(picture())).status_code == 302
    first = name()
    assert first.startswith("photos/")
    assert f'src="{address(cast.a.student)}"' in office.get(page).content.decode()
    assert send(new_photo=upload(picture((50, 50)))).status_code == 302
    assert name() not in (None, first)
    refused = send(new_photo=upload(b"no picture"))
    assert errors(refused) == {"new_photo": ["This is not a picture in PNG, JPEG or WebP."]}
    assert send(remove_photo="on").status_code == 302
    assert name() is None
    profile = reverse("admin:student_profile", args=[cast.a.student.pk])
    assert "prof__photo" not in office.get(profile).content.decode()


def test_a_replaced_file_goes_with_the_commit(cast, with_photo, django_capture_on_commit_callbacks):
    with tenant_context(cast.a.tenant, cast.a.admin):
        before = with_photo.photo
        with django_capture_on_commit_callbacks(execute=True):
            photos.keep(with_photo, photos.square(upload(picture())))
            assert default_storage.exists(before)
        assert not default_storage.exists(before)
        assert photos.read(with_photo.photo) is not None


@pytest.mark.parametrize("name", [None, "", "logo/x.png", "../secret", "photos/../logo/x.png"])
def test_only_photos_are_read(cast, name):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert photos.read(name) is None
