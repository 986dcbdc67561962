//! Settings of the organizer's file that are one of a few choices.

/// Encryption of the Wi-Fi.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// WPA2 with a password; works with any phone of the last fifteen years.
    Wpa2,
    /// WPA3 with a password, which can't be guessed from recorded traffic; needs newer phones and radios.
    Wpa3,
    /// WPA3 for phones that know it, WPA2 for the others, with one password.
    Mixed,
    /// No password; phones that know OWE are encrypted, and the traffic of others can be read nearby.
    Owe,
    /// No password; anyone nearby can read the traffic.
    Open,
}

impl Security {
    /// All choices, the default first.
    pub const ALL: [Self; 5] = [Self::Wpa2, Self::Wpa3, Self::Mixed, Self::Owe, Self::Open];

    /// The word in the settings file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Wpa2 => "wpa2",
            Self::Wpa3 => "wpa3",
            Self::Mixed => "mixed",
            Self::Owe => "owe",
            Self::Open => "open",
        }
    }

    /// Whether phones need a password to join.
    pub fn has_password(self) -> bool {
        match self {
            Self::Wpa2 | Self::Wpa3 | Self::Mixed => true,
            Self::Owe | Self::Open => false,
        }
    }
}

/// What is connected to the Ethernet socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ethernet {
    /// A network with a DHCP server of its own. It is also the choice for an unused socket.
    Network,
    /// An access point without a router, for which the box is the DHCP server.
    AccessPoint,
}

/// HTTPS by the certificate on the boot partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Https {
    /// There is none that can be served.
    Off,
    /// It is served, but phones are led to the plain address: the doctor says why.
    Quiet,
    /// Phones are led to this name.
    Named(String),
}
