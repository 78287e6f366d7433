"""Steps from every older catalog to this one (Alembic); see `migrate.py`."""
