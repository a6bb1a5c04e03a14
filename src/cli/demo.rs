//! `canvass demo serve`: the simulated organization over TCP, for the AWS CLI, boto3 and peers.

use tokio::net::TcpListener;

use super::{Outcome, Session};
use crate::app;
use crate::demo;
use crate::error::{Error, Result};

/// run the simulated organization
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true, before_help = "Examples:\n  canvass demo serve --port 4599")]
pub struct Args {
    #[command(subcommand)]
    command: DemoCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DemoCommand {
    /// answer the AWS API of the demo organization on 127.0.0.1 until Ctrl-C
    #[command(before_help = "Examples:\n  \
        canvass demo serve --port 4599\n  \
        canvass demo serve --port 4599 --demo accounts=200,latency=50ms\n  \
        canvass demo serve --demo throttle=0.05,reset=0.01,seed=7   # an AWS with bad days\n  \
        AWS_ENDPOINT_URL=http://127.0.0.1:4599 aws sts get-caller-identity   # with the credentials it prints\n  \
        curl http://127.0.0.1:4599/__stats                                   # what it was asked so far")]
    #[command(after_help = told())]
    Serve {
        /// port on 127.0.0.1; 0 takes a free one
        #[arg(long, default_value_t = 4599)]
        port: u16,
    },
}

/// The knobs, and what the server tells about itself.
fn told() -> String {
    let mut text = "Knobs (--demo NAME=VALUE,...):\n".to_owned();
    for (_, example, about) in demo::KNOBS {
        text.push_str(&format!("  {example:<26} {about}\n"));
    }
    text.push_str(
        "\nGET /__stats answers in JSON: calls by service and operation, their total, assume_role_calls,\n\
         statuses, throttled, mishaps, peak (requests at once), bytes, connections. POST /__reset starts\n\
         them at zero.",
    );
    text
}

pub async fn run(args: Args, session: Session) -> Result<Outcome> {
    let DemoCommand::Serve { port } = args.command;
    let Session { settings, term, .. } = session;
    let world = app::demo_world(&settings)?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|e| {
        Error::failed(format!("cannot listen on 127.0.0.1:{port}"))
            .because(&e)
            .hint("choose another port with --port, or 0 for a free one")
    })?;
    let address = listener.local_addr().map_err(|e| Error::failed("cannot tell the port").because(&e))?;
    let credentials = demo::base_credentials();
    term.print(&format!(
        "AWS_ENDPOINT_URL=http://{address}\nAWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\nAWS_REGION=us-east-1\n",
        credentials.access_key_id,
        credentials.secret_access_key
    ))?;
    term.note("serving the demo organization; Ctrl-C stops it");
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    demo::serve(world, listener, stop).await?;
    Ok(Outcome::Complete)
}
