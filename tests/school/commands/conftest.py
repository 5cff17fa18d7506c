from tests.core.servers import (  # noqa: F401
    _made_cluster,
    as_another_account,
    directory,
    made_once,
    server,
)
