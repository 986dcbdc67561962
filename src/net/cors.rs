//! Pages of other web origins that the configuration allows (the Fetch standard's CORS protocol).

use http::{HeaderValue, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::config::CorsOrigins;

/// The layer around everything; `None` when only the server's own pages may use it.
pub fn layer(origins: &CorsOrigins) -> Option<CorsLayer> {
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST])
        // Clients send extra headers of their own.
        .allow_headers(AllowHeaders::mirror_request())
        // Old clients send their polling requests with credentials.
        .allow_credentials(true);
    match origins {
        CorsOrigins::None => None,
        CorsOrigins::Any => Some(layer.allow_origin(AllowOrigin::mirror_request())),
        CorsOrigins::List(list) => {
            let list = list.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
            Some(layer.allow_origin(AllowOrigin::list(list)))
        }
    }
}
