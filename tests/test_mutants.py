"""The kept list of mutations still fits the code."""

import pytest

from tests.mutants import BASE_DIR, GROUPS, load


@pytest.mark.parametrize("group", GROUPS)
def test_every_mutation_can_be_made_and_names_tests(group):
    mutations = load(group)
    for mutation in mutations:
        assert mutation.changed(), mutation.name  # ValueError: it is not there exactly once
        assert mutation.find != mutation.replace, mutation.name
        assert mutation.tests, mutation.name
        for test in mutation.tests:
            path, _, name = test.partition("::")
            assert (BASE_DIR / path).exists(), mutation.name
            name = name.rpartition("::")[2].partition("[")[0]
            assert f"def {name}(" in (BASE_DIR / path).read_text() or not name, test
    assert len({mutation.name for mutation in mutations}) == len(mutations)
