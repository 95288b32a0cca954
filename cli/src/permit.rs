//! `sel permit`: limit how many steps with a tag run at once.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use sel_engine::run::order::Order;
use sel_engine::run::tag_permits;

use crate::database::{self, block};
use crate::exit::{Done, Stop};
use crate::place::Place;
use crate::table::Table;

/// Limit how many steps with a tag run at once
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Set the limit of a tag
    Set {
        /// The tag
        tag: String,
        /// At most so many at once; 0 holds all
        max: u32,
        #[command(flatten)]
        place: Place,
    },
    /// List the limits
    List {
        /// The database
        #[arg(long, value_name = "PATH")]
        db: PathBuf,
    },
    /// Lift the limit of a tag
    Remove {
        /// The tag
        tag: String,
        #[command(flatten)]
        place: Place,
    },
}

pub(crate) fn run(args: &Args) -> Done {
    block(async {
        let mut out = std::io::stdout().lock();
        match &args.verb {
            Verb::Set { tag, max, place } => {
                let order = Order::TagPermit { tag: tag.clone(), limit: Some(*max) };
                if place.obeyed(&order).await?.is_some() {
                    writeln!(out, "{tag} {max}")?;
                }
            }
            Verb::Remove { tag, place } => {
                let order = Order::TagPermit { tag: tag.clone(), limit: None };
                if place.obeyed(&order).await?.is_some() {
                    writeln!(out, "{tag} is not limited")?;
                }
            }
            Verb::List { db } => {
                let store = database::open(db).await?;
                let mut table = Table::default();
                for (tag, max) in tag_permits(&store).await.map_err(Stop::usage_of)? {
                    table.row([tag, max]);
                }
                if table.is_empty() {
                    crate::run::remark("no tag is limited")?;
                }
                table.write(&mut out, "")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
