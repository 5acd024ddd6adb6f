#!/bin/bash
# Run once by the database image, on an empty data directory: the shop's database, its own account, and the bridge's
# account with exactly the grants that it needs.
set -euo pipefail
client=$(command -v mariadb || command -v mysql)
"$client" -uroot -p"$MYSQL_ROOT_PASSWORD" <<SQL
CREATE DATABASE IF NOT EXISTS ecshop DEFAULT CHARACTER SET utf8mb4;
CREATE USER 'shop'@'%' IDENTIFIED BY '$LEDGERTAP_SHOP_PASSWORD';
GRANT ALL ON ecshop.* TO 'shop'@'%';
CREATE USER 'tap'@'%' IDENTIFIED BY '$LEDGERTAP_STORE_PASSWORD';
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'tap'@'%';
GRANT SELECT ON ecshop.* TO 'tap'@'%';
SQL
