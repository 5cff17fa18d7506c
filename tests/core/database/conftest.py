from tests.core.servers import as_another_account, directory, server  # noqa: F401
