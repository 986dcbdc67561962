//! The only I/O: listener, lanes, fan-out, transports. Decides nothing about rooms.
//!
//! [`stack`] is what carries; the hub's driver and the routes of rooms are put on top of it here.

mod admission;
pub mod clock;
mod cors;
pub mod door;
pub mod driver;
pub mod edge;
mod errands;
pub mod fanout;
pub mod front;
mod gate;
pub mod handshake;
mod held;
mod http;
pub mod identity;
mod join;
mod keeper;
pub mod lane;
pub mod message;
pub mod officers;
mod query;
mod serve;
mod service;
pub mod signal;
pub mod sio;
pub mod stack;
mod status;
mod tend;
mod upload;
mod webhook;
mod worker;
pub mod ws;

use std::{future::Future, io, net::TcpListener, sync::Arc, time::Duration};

use sd_notify::NotifyState;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use self::{
    clock::Clock,
    door::Door,
    driver::Driver,
    errands::Errands,
    front::Front,
    identity::Identities,
    keeper::Stored,
    message::Message,
    officers::{Officers, Seats},
    sio::StackConfig,
    stack::{Application, Running, Stack},
    upload::Uploads,
};
use crate::{
    config::{Config, Keys},
    limits, page,
    room::{Hub, HubConfig, Restored},
    store,
};

/// Serves until `shutdown` resolves, then closes in order: nobody new, what is in the inbox is handled, everybody is told,
/// connections get a moment to read it.
///
/// # Errors
/// The listener, a runtime or a thread can't be set up. Nothing that a client does ends the server.
pub fn run(
    config: &Config,
    keys: &Keys,
    listeners: Vec<TcpListener>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let clock = Arc::new(Clock::new(config.data.as_deref(), config.box_dir.as_deref()));
        let (running, inbox, stored) = start(config, keys, clock.clone())?;
        let kept = clock.clone();
        tokio::spawn(async move { kept.keep().await });
        let grace = Duration::from_millis(limits::SHUTDOWN_MS);
        tokio::spawn(tend::tend(inbox.clone(), tend::period(), tend::notify));
        webhook::start(config, running.links(), &inbox, &clock).await;
        let ending = async {
            shutdown.await;
            tend::notify(NotifyState::Stopping);
            let (done, told) = oneshot::channel();
            if inbox.send(Message::Shutdown { done }).await.is_ok() {
                let _ = timeout(grace, told).await;
            }
            // Many clients open a connection for each polling request, so that nobody hears of the end without a listener.
            let _ = timeout(grace, running.fetched()).await;
        };
        tokio::pin!(ending);
        tend::notify(NotifyState::Ready);
        let accepted = running.accept(listeners, &mut ending).await;
        running.stop().await;
        clock.keep_now();
        if let Some(stored) = stored {
            stored.wait();
        }
        accepted
    });
    // A look for a webhook's name may take longer than anybody wants to wait.
    runtime.shutdown_background();
    served
}

/// Puts rooms on a stack.
fn start(
    config: &Config,
    keys: &Keys,
    clock: Arc<Clock>,
) -> io::Result<(Running, mpsc::Sender<Message>, Option<store::Ending>)> {
    let opened = config.data.as_deref().map(|dir| store::open(dir, &config.limits));
    let (stored, restored, ending) = match opened.transpose()? {
        Some(opened) => {
            let stored = Stored {
                journal: opened.journal,
                events: opened.events,
                reads: opened.reads,
            };
            (Some(stored), opened.restored, Some(opened.ending))
        }
        None => (None, Restored::default(), None),
    };
    let stack = Stack::new(&StackConfig::new(config.limits.clone()))?;
    let (inbox, messages) = mpsc::channel(limits::INBOX);
    let identities = Arc::new(Identities::new(keys.identity));
    let door = Arc::new(Door {
        links: stack.links.clone(),
        inbox: inbox.clone(),
        identities: identities.clone(),
        seats: Seats::new(keys.organizer),
        default_room: config.default_room.clone(),
        limits: Arc::new(config.limits.clone()),
    });
    sio::register(&stack.io, &door, &config.rooms);
    let epoch_seed = getrandom::u64().map_err(io::Error::other)? >> limits::EPOCH_SPARE_BITS;
    let hub = HubConfig {
        limits: config.limits.clone(),
        epoch_seed,
        rooms: config.rooms.clone(),
        keeps: stored.is_some(),
    };
    let older = stored
        .as_ref()
        .map(|stored| keeper::pages(stored.reads.clone(), stack.orders.clone()));
    let hub = Hub::restore(hub, restored);
    let officers = Officers::new(keys.organizer);
    let uploads = Arc::new(Uploads::new(config));
    let errands = Errands::new(config, &inbox, uploads.clone(), clock.clone());
    let driver = Driver::new(hub, officers, errands, stack.orders.clone(), clock, stored);
    let pages = config.clone();
    let running = stack.start(Application {
        router: http::routes(door.clone())
            .merge(join::routes(door, config))
            .merge(page::router(config))
            .merge(upload::routes(uploads))
            .merge(status::routes(config, inbox.clone())),
        socketio_path: config.socketio_path.clone(),
        files: Arc::new(move |method: &_, path: &_, headers: &_| page::client(&pages, method, path, headers)),
        front: Some(Arc::new(Front::new(config))),
        cors: cors::layer(&config.cors_origins),
        identities,
        inbox: inbox.clone(),
        pages: older,
        driver: Box::pin(driver.run(messages)),
    })?;
    Ok((running, inbox, ending))
}
