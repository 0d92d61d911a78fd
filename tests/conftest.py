"""What holds for all tests: they keep what they remember in a cache of their own."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

# On a busy machine an example may take any time.
settings.register_profile("thaw", deadline=None)
settings.load_profile("thaw")


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty cache folder, for this process and those that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
