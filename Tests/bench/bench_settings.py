"""The settings Postern is measured with: the usual ones, the gate shut, its figures open to this machine."""

import os

SETTINGS = """ENABLE_RESTFUL_API = True
FASTCGI_GATE_FILE = '{work}/gate'
METRICS_CLIENTS = ['127.0.0.1']
"""


def write_settings(work):
    """The gate's secret for both sides, the settings, and beside them such with a fast hash for admins."""
    secret = os.urandom(32).hex()
    write(f"{work}/gate", secret)
    write(f"{work}/gate.conf", f'fastcgi_param POSTERN_GATE "{secret}";\n')
    usual = SETTINGS.format(work=work)
    write(f"{work}/settings.py", usual)
    write(f"{work}/settings.py.fast", usual + "ADMIN_PASSWORD_SCHEME = 'SSHA512'\n")


def write(path, text):
    with open(path, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(text)
