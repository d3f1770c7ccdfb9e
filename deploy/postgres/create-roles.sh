#!/bin/sh
# Makes the two roles that the nodes of compose.yaml use, and gives the database to one of them. The image of Postgres
# runs this when its volume is new; in an older volume, run it once by hand (docs/operations/containers.md).
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
	--file "${ROLES:-/roles.sql}" \
	--set=owner_password="$OWNER_PASSWORD" --set=app_password="$APP_PASSWORD" --file - <<'SQL'
alter role tributary_owner password :'owner_password';
alter role tributary_app password :'app_password';
SQL
