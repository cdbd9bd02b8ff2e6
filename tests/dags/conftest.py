"""Servers that some of these tests fetch from."""

from tests.servers import s3, sftp

__all__ = ["s3", "sftp"]
