//! Numbered, append-only migrations, applied when a clinic is opened. `pragma user_version` counts them.

use rusqlite::Connection;

use crate::{Error, Result};

/// A step of the schema.
pub(crate) struct Migration {
    /// `0001_records`: the same in every engine.
    pub(crate) name: &'static str,
    up: &'static str,
    /// The way back, or why there is none: taken by hand, and by the tests.
    #[cfg_attr(not(test), expect(dead_code, reason = "no command goes back by itself"))]
    pub(crate) down: std::result::Result<&'static str, &'static str>,
}

/// All of them, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "0001_records",
        up: include_str!("migrations/0001_records.sql"),
        down: Err("none: it would destroy records; restore a backup made before instead"),
    },
    Migration {
        name: "0002_search_index",
        up: include_str!("migrations/0002_search_index.sql"),
        down: Ok(include_str!("migrations/0002_search_index.down.sql")),
    },
    Migration {
        name: "0003_kept",
        up: include_str!("migrations/0003_kept.sql"),
        down: Ok(include_str!("migrations/0003_kept.down.sql")),
    },
    Migration {
        name: "0004_journal_index",
        up: include_str!("migrations/0004_journal_index.sql"),
        down: Ok(include_str!("migrations/0004_journal_index.down.sql")),
    },
    Migration {
        name: "0005_chart_order",
        up: include_str!("migrations/0005_chart_order.sql"),
        down: Ok(include_str!("migrations/0005_chart_order.down.sql")),
    },
    Migration {
        name: "0006_kind_order",
        up: include_str!("migrations/0006_kind_order.sql"),
        down: Ok(include_str!("migrations/0006_kind_order.down.sql")),
    },
    Migration {
        name: "0007_search_parts",
        up: include_str!("migrations/0007_search_parts.sql"),
        down: Ok(include_str!("migrations/0007_search_parts.down.sql")),
    },
    Migration {
        name: "0008_own_parameters",
        up: include_str!("migrations/0008_own_parameters.sql"),
        down: Ok(include_str!("migrations/0008_own_parameters.down.sql")),
    },
    Migration {
        name: "0009_date_stretches",
        up: include_str!("migrations/0009_date_stretches.sql"),
        down: Ok(include_str!("migrations/0009_date_stretches.down.sql")),
    },
];

/// How many migrations a file has had.
pub(crate) fn version(connection: &Connection) -> Result<usize> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    usize::try_from(version).map_err(|_| Error::Internal("a negative schema version".into()))
}

/// Refuses a file that a newer program wrote.
pub(crate) fn refuse_newer(connection: &Connection) -> Result<()> {
    let have = version(connection)?;
    if have > MIGRATIONS.len() {
        return Err(Error::Unavailable(format!(
            "this clinic's schema is number {have}, this program knows {}: it was written by a newer Aroeira. Run that one; \
             nothing was changed",
            MIGRATIONS.len()
        )));
    }
    Ok(())
}

/// Brings a file to this binary's schema; each step in a transaction of its own.
pub(crate) fn migrate(connection: &mut Connection) -> Result<()> {
    refuse_newer(connection)?;
    let have = version(connection)?;
    for (number, migration) in MIGRATIONS.iter().enumerate().skip(have) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration.up)?;
        transaction.pragma_update(None, "user_version", i64::try_from(number + 1).unwrap_or(i64::MAX))?;
        transaction.commit()?;
        tracing::info!(migration = migration.name, "migrated");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(connection: &Connection) -> Vec<String> {
        let mut statement = connection.prepare("SELECT name FROM sqlite_schema ORDER BY name").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(|name| name.unwrap()).collect()
    }

    #[test]
    fn each_step_back_undoes_its_step() {
        let connection = Connection::open_in_memory().unwrap();
        let mut before = Vec::new();
        for migration in MIGRATIONS {
            before.push(schema(&connection));
            connection.execute_batch(migration.up).unwrap();
        }
        for (migration, before) in MIGRATIONS.iter().zip(&before).rev() {
            match migration.down {
                Ok(down) => {
                    connection.execute_batch(down).unwrap();
                    assert_eq!(&schema(&connection), before, "{}", migration.name);
                }
                Err(words) => assert!(words.starts_with("none"), "{}", migration.name),
            }
        }
    }

    #[test]
    fn a_newer_schema_is_refused_and_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(migrate(&mut connection), Err(Error::Unavailable(text)) if text.contains("newer")));
        assert!(schema(&connection).is_empty());
    }

    #[test]
    fn an_index_that_was_dropped_is_made_anew() {
        let connection = Connection::open_in_memory().unwrap();
        let chart = MIGRATIONS.iter().position(|m| m.name == "0005_chart_order").unwrap();
        MIGRATIONS[..chart].iter().for_each(|m| connection.execute_batch(m.up).unwrap());
        let left = || -> i64 {
            let marks = "SELECT count(*) FROM meta WHERE key = 'index_version' OR key GLOB 'reindexed_*'";
            connection.query_row(marks, [], |row| row.get(0)).unwrap()
        };
        for step in [MIGRATIONS[chart].up, MIGRATIONS[chart].down.unwrap(), MIGRATIONS[chart].up] {
            connection
                .execute_batch("INSERT OR REPLACE INTO meta VALUES ('index_version', '2'), ('reindexed_2', '5000')")
                .unwrap();
            connection.execute_batch(step).unwrap();
            assert_eq!(left(), 0, "whoever opens the file next fills the index from the beginning");
        }
    }

    #[test]
    fn names_are_numbered_in_order() {
        for (number, migration) in MIGRATIONS.iter().enumerate() {
            assert!(migration.name.starts_with(&format!("{:04}_", number + 1)), "{}", migration.name);
        }
    }
}
