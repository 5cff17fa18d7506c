"""Collected static files, named by their content and compressed."""

import os
import stat

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class SameModeCompressor(Compressor):
    """Gives a compressed file the mode of its original, whatever the umask.

    Else a web server of another account than root's would fail in every browser that takes gzip.
    """

    def write_data(self, path, data, suffix, stat_result):
        filename = super().write_data(path, data, suffix, stat_result)
        os.chmod(filename, stat.S_IMODE(stat_result.st_mode))
        return filename


class StaticStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's, with compressed files that may be read by whoever may read the others.

    What a script imports has an address of its content, too.
    """

    support_js_module_import_aggregation = True

    def create_compressor(self, **options):
        return SameModeCompressor(**options)
