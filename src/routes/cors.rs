//! CORS: adds the headers by which browsers let pages of other, configured web origins connect and read answers. Nothing grows.

use http::{HeaderValue, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::config::{CorsOrigins, PageOrigin};

/// Default `Origin` header of ArduinoWebsockets (gilmaimon/ArduinoWebsockets 0.4.7 and later, `src/websockets_client.cpp`). No web page can
/// send it, because browsers send origins without a path.
const ARDUINO: &str = "https://github.com/gilmaimon/TinyWebsockets";

/// Makes the layer that adds CORS headers to the responses of all routes, for the configured web origins.
pub fn layer(origins: &CorsOrigins) -> CorsLayer {
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST])
        // Applications add headers of their own.
        .allow_headers(AllowHeaders::mirror_request())
        // Old clients send their polling requests with credentials.
        .allow_credentials(true);
    let origins = origins.clone();
    let allowed = move |origin: &HeaderValue, _: &http::request::Parts| {
        origin.to_str().is_ok_and(|origin| is_allowed(&origins, origin))
    };
    layer.allow_origin(AllowOrigin::predicate(allowed))
}

/// Whether an origin is allowed on any host name: the configuration lists it, or it is an app's. Web views of apps have `http://localhost`
/// or `https://localhost`, without a port.
pub fn is_allowed(origins: &CorsOrigins, text: &str) -> bool {
    if text == ARDUINO || *origins == CorsOrigins::Any {
        return true;
    }
    let Some(origin) = PageOrigin::read(text) else {
        return false;
    };
    origins.has(&origin)
        || match &origin {
            PageOrigin::App(_) => true,
            PageOrigin::Web(web) => web.host == "localhost" && web.has_usual_port(),
            PageOrigin::Opaque => false,
        }
}
