from tests.factories.committed import committed  # noqa: F401 - a fixture
