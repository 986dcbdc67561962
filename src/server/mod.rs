//! Starts and stops the server: opens the store, starts the driver (the task that owns all rooms) and the routes on the network [`stack`],
//! and accepts connections. Each phase of a shutdown takes at most [`limits::SHUTDOWN_MS`].

mod admission;
pub mod listener;
mod reserve;
pub mod running;
mod serve;
pub mod service;
pub mod stack;
mod watchdog;
mod worker;
mod worst_case;

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use sd_notify::NotifyState;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use self::{
    listener::Listeners,
    running::{Running as Whereabouts, RunningLock},
    stack::{Application, Listening, Running, Stack},
};
use crate::{
    certificate::Secure,
    clock::Clock,
    config::{Config, Keys, seats::Seats},
    driver::{
        Driver,
        admin_auth::AdminAuth,
        disk::StoreHandles,
        jobs::{HostJobs, handover::Handovers, upload::Uploads},
    },
    fanout::pages,
    limits::{self, Limits},
    memory::{self, Account},
    page,
    room::{Hub, HubConfig, Restored},
    routes::{self, front::Front},
    store,
    transport::{
        identity::Identities, ingress::Ingress, message::Message, proof::ProofVerifier, socketio, tls, words::Matcher,
    },
    webhook,
    wire::Encoded,
};

/// The reason why the server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The server was asked to stop.
    Stopped,
    /// The server must restart, to put a restored backup in place.
    Restart,
}

/// Serves until `shutdown` resolves, or until a backup is to be restored. Then it stops accepting, handles the remaining inbox, sends all
/// clients the close reason, and gives them a moment to read it.
///
/// # Errors
/// The listener, a runtime or a thread can't be set up. No client can cause an error here.
pub fn run(
    config: &Config,
    keys: &Keys,
    listeners: impl Into<Listeners>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let clock = Arc::new(Clock::new(config.data.as_deref(), config.box_dir.as_deref()));
        let restart = CancellationToken::new();
        let Listeners {
            sockets,
            tls,
            inherited,
        } = listeners.into();
        let listening = sockets.iter().map(TcpListener::local_addr).collect::<io::Result<_>>()?;
        let secure = load_certificate(config, &tls, &clock);
        let (running, inbox, stored) = start(config, keys, clock.clone(), listening, restart.clone(), secure.clone())?;
        let saved = clock.clone();
        tokio::spawn(async move { saved.save_regularly().await });
        let grace = Duration::from_millis(limits::SHUTDOWN_MS);
        tokio::spawn(watchdog::run(inbox.clone(), watchdog::period(), watchdog::notify));
        webhook::start(config, running.registry(), &inbox, &clock).await;
        let _held = hold(config, &sockets);
        let listeners = with_tls(sockets, tls, secure)?;
        let (stop_accepting, closed) = (CancellationToken::new(), CancellationToken::new());
        let mut stops = Box::pin(stop_accepting.clone().cancelled_owned());
        let ending = async {
            tokio::select! {
                () = shutdown => {}
                () = restart.cancelled() => {}
            }
            running.registry().stop();
            // Polling clients need new connections to fetch the close reason. All other new connections are too late.
            if inherited || !running.registry().sessions.any_polling() {
                stop_accepting.cancel();
                // Told clients reconnect at once, and must not find the port still open.
                let _ = timeout(grace, closed.cancelled()).await;
            }
            watchdog::notify(NotifyState::Stopping);
            let (done, is_done) = oneshot::channel();
            if inbox.send(Message::Shutdown { done }).await.is_ok() {
                let _ = timeout(grace, is_done).await;
            }
            let _ = timeout(grace, running.fetched()).await;
            stop_accepting.cancel();
            Ok(())
        };
        watchdog::notify(NotifyState::Ready);
        let accepting = async {
            running.accept(listeners, &mut stops).await?;
            closed.cancel();
            Ok(())
        };
        let accepted = tokio::try_join!(accepting, ending).map(drop);
        running.stop().await;
        clock.save();
        if let Some(stored) = stored {
            stored.wait();
        }
        accepted.map(|()| match restart.is_cancelled() {
            true => Ended::Restart,
            false => Ended::Stopped,
        })
    });
    // A name lookup for a webhook may block longer than a shutdown may take.
    runtime.shutdown_background();
    served
}

/// Loads the certificate for HTTPS. `None` without a configured certificate, without a socket for it, or if it can't be served: then the
/// server goes on with plain HTTP, and the log says why.
fn load_certificate(config: &Config, tls: &[TcpListener], clock: &Arc<Clock>) -> Option<Arc<Secure>> {
    let files = config.tls.as_ref()?.files.clone();
    let Some(address) = tls.first().and_then(|socket| socket.local_addr().ok()) else {
        tracing::warn!(
            "tls: HTTPS is off and plain HTTP goes on: there is a certificate, but systemd passed no socket for HTTPS; add it to the socket unit and restart"
        );
        return None;
    };
    match Secure::load(files, address.port(), clock.clone()) {
        Ok(secure) => {
            tokio::spawn(secure.clone().follow());
            Some(secure)
        }
        Err(fault) => {
            tracing::error!(
                "tls: HTTPS is off until a restart with a good certificate, and plain HTTP goes on. {fault}"
            );
            None
        }
    }
}

/// All listening sockets, those of HTTPS with their TLS configuration. Without a certificate the sockets of HTTPS are closed.
fn with_tls(
    sockets: Vec<TcpListener>,
    tls: Vec<TcpListener>,
    secure: Option<Arc<Secure>>,
) -> io::Result<Vec<Listening>> {
    let mut listeners: Vec<_> = sockets.into_iter().map(Listening::from).collect();
    if let Some(secure) = secure {
        let handshakes = tls::handshakes(secure)?;
        listeners.extend(tls.into_iter().map(|socket| Listening {
            socket,
            tls: Some(handshakes.clone()),
        }));
    }
    Ok(listeners)
}

/// Writes the listening address into the data directory; `None` without a data directory or after a failure. Then only printed cards lack it.
fn hold(config: &Config, sockets: &[TcpListener]) -> Option<RunningLock> {
    let (data, listening) = (config.data.as_deref()?, sockets.first()?.local_addr().ok()?);
    let held = Whereabouts::new(config, listening).hold(data);
    held.inspect_err(|error| tracing::warn!(%error, "server: its address can't be written to the data directory; until the next start, the commands card, organizer-card and seats need --url"))
        .ok()
}

/// Opens the store, restores the hub, and starts driver and routes on a stack.
fn start(
    config: &Config,
    keys: &Keys,
    clock: Arc<Clock>,
    listening: Vec<SocketAddr>,
    restart: CancellationToken,
    secure: Option<Arc<Secure>>,
) -> io::Result<(Running, mpsc::Sender<Message>, Option<store::Ending>)> {
    let account = Account::new(memory::budget(&config.limits));
    let limits = Limits {
        memory_mib: (account.total() >> 20) as u64,
        ..config.limits.clone()
    };
    let (stored, restored, ending) = open_store(config, &limits)?;
    let stack = Stack::new(&config.limits, account.clone())?;
    let (inbox, messages) = mpsc::channel(limits::INBOX);
    let identities = Arc::new(Identities::new(keys.identity));
    let ingress = Arc::new(ingress(
        config,
        keys,
        &stack,
        inbox.clone(),
        identities.clone(),
        account.clone(),
    ));
    socketio::register(&stack.io, &ingress, &config.rooms);
    let older = stored
        .as_ref()
        .map(|stored| pages::pages(stored.reads.clone(), stack.fanouts.clone(), account.clone()));
    let hub = restore_hub(config, limits, stored.is_some(), restored)?;
    let uploads = Arc::new(Uploads::new(config));
    let handovers = Arc::new(Handovers::new(config, restart));
    let host_jobs = HostJobs::new(config, &inbox, uploads.clone(), handovers.clone(), clock.clone());
    let driver = Driver::new(
        hub,
        AdminAuth::default(),
        host_jobs,
        stack.fanouts.clone(),
        clock,
        stored,
        &ingress,
    );
    let pages = config.clone();
    let running = stack.start(Application {
        router: routes::rooms::routes(ingress.clone())
            .merge(routes::join::routes(ingress, config, listening, secure.clone()))
            .merge(page::router(config))
            .merge(routes::upload::routes(uploads, identities.clone()))
            .merge(routes::backups::routes(handovers, identities.clone()))
            .merge(routes::status::routes(config, inbox.clone())),
        socketio_path: config.socketio_path.clone(),
        files: Arc::new(move |method: &_, uri: &axum::http::Uri, headers: &_| {
            page::client(&pages, method, uri.path(), headers)
        }),
        front: Some(Arc::new(Front::new(config, secure))),
        cors: Some(routes::cors::layer(&config.cors_origins)),
        identities,
        inbox: inbox.clone(),
        pages: older,
        driver: Box::pin(driver.run(messages)),
    })?;
    Ok((running, inbox, ending))
}

/// Opens the store of the data directory, if one is configured, and reads the stored rooms.
fn open_store(config: &Config, limits: &Limits) -> io::Result<(Option<StoreHandles>, Restored, Option<store::Ending>)> {
    let Some(dir) = &config.data else {
        return Ok((None, Restored::default(), None));
    };
    let opened = store::open(dir, limits)?;
    let stored = StoreHandles {
        journal: opened.journal,
        events: opened.events,
        reads: opened.reads,
    };
    Ok((Some(stored), opened.restored, Some(opened.ending)))
}

fn restore_hub(config: &Config, limits: Limits, persists: bool, restored: Restored) -> io::Result<Hub> {
    let epoch_seed = getrandom::u64().map_err(io::Error::other)? >> limits::EPOCH_SPARE_BITS;
    let hub = HubConfig {
        limits,
        epoch_seed,
        rooms: config.rooms.clone(),
        persists,
    };
    Ok(Hub::restore(hub, restored))
}

fn ingress(
    config: &Config,
    keys: &Keys,
    stack: &Stack<Encoded>,
    inbox: mpsc::Sender<Message>,
    identities: Arc<Identities>,
    account: Arc<Account>,
) -> Ingress {
    Ingress {
        registry: stack.registry.clone(),
        inbox,
        identities,
        seats: Seats::new(keys.organizer),
        default_room: config.default_room.clone(),
        limits: Arc::new(config.limits.clone()),
        account,
        words: Arc::new(Matcher::new(&config.limits)),
        proofs: ProofVerifier::new(keys.organizer),
    }
}
