//! A thread that reads.

use crossbeam_channel::Receiver;
use sockful::store::rusqlite::{Connection, Result, Statement};

use super::{Kept, Reply, Told, kept, told};
use crate::stores::PAGE;

/// What is asked.
pub(super) enum Ask {
    Get {
        id: String,
        reply: Reply<Option<Kept>>,
    },
    List {
        name: String,
        reply: Reply<Listed>,
    },
}

/// Records, whether there are more, and the position of the log.
pub(crate) type Listed = (Vec<Kept>, bool, u64);

/// Answers until nobody can ask any more.
pub(super) fn run(connection: &Connection, queue: &Receiver<Ask>) -> Result<()> {
    let mut get = connection
        .prepare("SELECT id, name, hunger, kind, tags, sockful_rev FROM creature WHERE id = ?1")?;
    let mut list = List {
        begin: connection.prepare("BEGIN")?,
        last: connection.prepare("SELECT max(pos) FROM sockful_log")?,
        page: connection.prepare(
            "SELECT id, name, hunger, kind, tags, sockful_rev FROM creature \
             WHERE name >= ?1 ORDER BY name, id LIMIT ?2",
        )?,
        end: connection.prepare("COMMIT")?,
    };
    while let Ok(ask) = queue.recv() {
        // Who no longer waits will not be told.
        match ask {
            Ask::Get { id, reply } => drop(reply.send(find(&mut get, &id))),
            Ask::List { name, reply } => drop(reply.send(list.from(&name))),
        }
    }
    Ok(())
}

pub(super) fn find(get: &mut Statement<'_>, id: &str) -> Told<Option<Kept>> {
    let mut rows = get.query([id]).map_err(told)?;
    rows.next().map_err(told)?.map(kept).transpose()
}

struct List<'a> {
    begin: Statement<'a>,
    last: Statement<'a>,
    page: Statement<'a>,
    end: Statement<'a>,
}

impl List<'_> {
    /// A page and the position of the same moment.
    fn from(&mut self, name: &str) -> Told<Listed> {
        self.begin.execute([]).map_err(told)?;
        let page = self.page(name);
        self.end.execute([]).map_err(told)?;
        page
    }

    fn page(&mut self, name: &str) -> Told<Listed> {
        let pos: i64 = self.last.query_row([], |row| row.get(0)).map_err(told)?;
        let mut rows = self.page.query((name, PAGE as i64 + 1)).map_err(told)?;
        let mut page = Vec::with_capacity(PAGE);
        while let Some(row) = rows.next().map_err(told)? {
            if page.len() == PAGE {
                return Ok((page, true, pos.unsigned_abs()));
            }
            page.push(kept(row)?);
        }
        Ok((page, false, pos.unsigned_abs()))
    }
}
