"""Collected static files, named by their content and compressed."""

import os
import stat

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class SameModeCompressor(Compressor):
    """Gives a compressed file the mode of its original, whatever the umask.

    Without it a web server that runs under another account could not read the compressed files.
    """

    def write_data(self, path, data, suffix, stat_result):
        filename = super().write_data(path, data, suffix, stat_result)
        os.chmod(filename, stat.S_IMODE(stat_result.st_mode))
        return filename


class StaticStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, with compressed files as readable as their originals.

    Imports within scripts get the hashed names, too.
    """

    support_js_module_import_aggregation = True

    def create_compressor(self, **options):
        return SameModeCompressor(**options)
