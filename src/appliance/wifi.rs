//! The Wi-Fi settings in effect, determined once at the start for hostapd, the cards, the server and the wall screen.

use super::{
    qr,
    settings::{BoxSettings, Security},
};

/// Name, security and password of the box's Wi-Fi.
#[derive(Clone, PartialEq, Eq)]
pub struct Wifi {
    /// The network's name (SSID).
    pub name: String,
    /// Encryption of the network.
    pub security: Security,
    /// The password; `None` only for an open network.
    pub password: Option<String>,
}

impl Wifi {
    /// Determines the Wi-Fi from the settings. `chosen` supplies the password if the network needs one and the organizer set none.
    ///
    /// # Errors
    /// The error of `chosen`.
    pub fn resolve<E>(settings: &BoxSettings, chosen: impl FnOnce() -> Result<String, E>) -> Result<Self, E> {
        let password = match &settings.password {
            _ if !settings.security.has_password() => None,
            Some(set) => Some(set.clone()),
            None => Some(chosen()?),
        };
        Ok(Self {
            name: settings.network_name.clone(),
            security: settings.security,
            password,
        })
    }

    /// The text of a QR code for joining the Wi-Fi. `T:WPA` covers WPA2, WPA3 and their transition (Wi-Fi
    /// Alliance, WPA3 Specification 3.0, 7.1), `T:nopass` an open network and its transition to OWE.
    pub fn code(&self) -> String {
        qr::wifi(&self.name, self.password.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_there_exactly_where_the_network_needs_one() {
        for security in Security::ALL {
            for set in [None, Some("tanz mit mir".to_owned())] {
                let settings = BoxSettings {
                    security,
                    password: set.clone(),
                    ..BoxSettings::default()
                };
                let wifi = Wifi::resolve(&settings, || Ok::<_, ()>("chosen by box".to_owned())).unwrap();
                let open = [Security::Open, Security::Owe].contains(&security);
                let expected = (!open).then(|| set.unwrap_or("chosen by box".to_owned()));
                assert_eq!(wifi.password, expected, "{security:?}");
                assert_eq!(wifi.code().contains("nopass"), open);
            }
        }
    }
}
