//! Translations of the pages: for each language one file for guests, and one for the organizer's page.

/// Lists two files for each language, as in `FILES`: path, content type, content.
macro_rules! catalogues {
    ($($tag:literal)*) => {
        &[
            $(
                (
                    concat!("locales/", $tag, ".js"),
                    super::file::SCRIPT,
                    include_str!(concat!("assets/locales/", $tag, ".js")),
                ),
                (
                    concat!("locales/", $tag, ".organizer.js"),
                    super::file::SCRIPT,
                    include_str!(concat!("assets/locales/", $tag, ".organizer.js")),
                ),
            )*
        ]
    };
}

/// The translation files of all languages that `shared/i18n.js` offers.
pub const CATALOGUES: &[(&str, &str, &str)] = catalogues!(
    "en" "zh" "es" "de" "fr" "ar" "pt" "it" "nl" "pl" "tr" "ru"
    "uk" "cs" "sv" "da" "fi" "nb" "el" "ro" "hu" "ja" "ko" "hi"
);
