//! The probes by which operating systems detect internet access, each with the expected answer.

/// A probe by which a phone's system detects internet access, and the answer that it expects.
pub struct Probe {
    /// Host or parent domain of the probe; empty if the path alone identifies it.
    pub host: &'static str,
    /// Path of the probe, or the beginning of the path before a `*`.
    pub path: &'static str,
    /// HTTP status of the expected answer.
    pub status: u16,
    /// Media type of the expected body.
    pub kind: &'static str,
    /// Body of the expected answer.
    pub body: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain";
const APPLE: &str = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>";
const MANAGER: &str = "NetworkManager is online\n";
/// The Kindle looks for this identifier in the page (alexa/avs-device-sdk, InternetConnectionMonitor.cpp, `VALIDATION_STRING`).
const KINDLE: &str = "<html><body>81ce4465-7167-4dcb-835b-dcc9e44c112a</body></html>\n";

const fn probe(host: &'static str, path: &'static str, status: u16, kind: &'static str, body: &'static str) -> Probe {
    Probe {
        host,
        path,
        status,
        kind,
        body,
    }
}

/// Known probes; the first match counts. Probes without a host go to many hosts, because each maker of Android phones has its own.
#[rustfmt::skip]
pub const PROBES: &[Probe] = &[
    // Android (AOSP, NetworkMonitor and res/values/config.xml: connectivitycheck.gstatic.com, www.google.com, play.googleapis.com), and
    // its makers' own hosts (connect.rom.miui.com, connectivitycheck.platform.hicloud.com, wifi.vivo.com.cn); Chrome, ChromeOS.
    probe("", "/generate_204", 204, TEXT, ""),
    probe("", "/gen_204", 204, TEXT, ""),
    probe("", "/generate204", 204, TEXT, ""),
    // Edge (MicrosoftDocs/edge-developer, privacy whitepaper: edge.microsoft.com, edge-http.microsoft.com).
    probe("", "/captiveportal/generate_204", 204, TEXT, ""),
    // iOS, macOS (captive.apple.com; before iOS 9 www.apple.com and its aliases).
    probe("", "/hotspot-detect.html", 200, HTML, APPLE),
    probe("", "/library/test/success.html", 200, HTML, APPLE),
    probe("captive.apple.com", "/", 200, HTML, APPLE),
    // Windows (Microsoft Learn, "NCSI overview": www.msftconnecttest.com, www.msftncsi.com). Its /redirect opens the page, and stays.
    probe("", "/connecttest.txt", 200, TEXT, "Microsoft Connect Test"),
    probe("", "/ncsi.txt", 200, TEXT, "Microsoft NCSI"),
    // Firefox (mozilla-central, network.captive-portal-service in all.js: detectportal.firefox.com).
    probe("", "/success.txt", 200, TEXT, "success\n"),
    probe("", "/canonical.html", 200, HTML, "<meta http-equiv=\"refresh\" content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>"),
    // NetworkManager (src/nm-connectivity.c: the header X-NetworkManager-Status, or a body that begins with `response`). The `uri` is
    // each distribution's: GNOME's and Arch's former one; Arch (packages/networkmanager, PKGBUILD); Debian (network-manager-config-
    // connectivity-debian); Ubuntu (20-connectivity-ubuntu.conf); Fedora (20-connectivity-fedora.conf, response=OK); openSUSE
    // (NetworkManager-branding-openSUSE, conncheck.conf); KDE (plasma-nm, networkcheck.kde.org).
    probe("", "/check_network_status.txt", 200, TEXT, MANAGER),
    probe("", "/nm-check.txt", 200, TEXT, MANAGER),
    probe("network-test.debian.org", "/nm", 200, TEXT, MANAGER),
    probe("connectivity-check.ubuntu.com", "/", 204, TEXT, ""),
    probe("fedoraproject.org", "/static/hotspot.txt", 200, TEXT, "OK"),
    probe("conncheck.opensuse.org", "/", 200, TEXT, MANAGER),
    probe("networkcheck.kde.org", "/", 200, TEXT, "OK\n"),
    probe("ping.archlinux.org", "/", 200, TEXT, MANAGER),
    // Kindle and Fire (spectrum.s3.amazonaws.com).
    probe("", "/kindle-wifi/wifistub.html", 200, HTML, KINDLE),
    probe("", "/kindle-wifi/wifistub-eink.html", 200, HTML, KINDLE),
    // Switch, and Wii U, 3DS and DS before it: they read the header X-Organization (switchbrew.org, "NIM services"; SciresM on the Switch's
    // four steps of going online).
    probe("ctest.cdn.nintendo.net", "*", 200, TEXT, "ok"),
    probe("conntest.nintendowifi.net", "*", 200, HTML, "<html><head><title>HTML Page</title></head><body>This is test.html page</body></html>"),
    // PlayStation 4 and 5 (ena.net.playstation.net, get.net.playstation.net).
    probe("net.playstation.net", "/netstart/*", 200, TEXT, "OK"),
    probe("net.playstation.net", "/networktest/*", 200, TEXT, "OK"),
];

/// The probe for a host and path; `None` for any other request.
pub fn find(host: &str, path: &str) -> Option<&'static Probe> {
    let of_host = |probe: &&Probe| match host.strip_suffix(probe.host) {
        Some(front) => probe.host.is_empty() || front.is_empty() || front.ends_with('.'),
        None => false,
    };
    let of_path = |probe: &&Probe| match probe.path.strip_suffix('*') {
        Some(begin) => path.starts_with(begin),
        None => path == probe.path,
    };
    PROBES.iter().filter(of_host).find(of_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_are_found_by_host_and_path() {
        for (host, path, status, body) in [
            ("connectivitycheck.gstatic.com", "/generate_204", 204, ""),
            ("connect.rom.miui.com", "/generate_204", 204, ""),
            ("edge-http.microsoft.com", "/captiveportal/generate_204", 204, ""),
            ("captive.apple.com", "/hotspot-detect.html", 200, "Success"),
            ("captive.apple.com", "/", 200, "Success"),
            (
                "www.msftconnecttest.com",
                "/connecttest.txt",
                200,
                "Microsoft Connect Test",
            ),
            ("detectportal.firefox.com", "/success.txt", 200, "success\n"),
            ("network-test.debian.org", "/nm", 200, "NetworkManager is online"),
            ("connectivity-check.ubuntu.com", "/", 204, ""),
            ("fedoraproject.org", "/static/hotspot.txt", 200, "OK"),
            ("ping.archlinux.org", "/nm-check.txt", 200, "NetworkManager is online"),
            (
                "nmcheck.gnome.org",
                "/check_network_status.txt",
                200,
                "NetworkManager is online",
            ),
            ("conncheck.opensuse.org", "/", 200, "NetworkManager is online"),
            ("networkcheck.kde.org", "/", 200, "OK"),
            (
                "spectrum.s3.amazonaws.com",
                "/kindle-wifi/wifistub.html",
                200,
                "81ce4465",
            ),
            ("ctest.cdn.nintendo.net", "/", 200, "ok"),
            ("conntest.nintendowifi.net", "/", 200, "test.html"),
            ("ena.net.playstation.net", "/netstart/ps5", 200, "OK"),
            ("get.net.playstation.net", "/networktest/get_2m", 200, "OK"),
        ] {
            let found = find(host, path).unwrap_or_else(|| panic!("{host}{path}"));
            assert_eq!(found.status, status, "{host}{path}");
            assert!(found.body.contains(body), "{host}{path}");
        }
    }

    #[test]
    fn other_hosts_and_paths_are_no_probes() {
        for (host, path) in [
            ("www.example.org", "/"),
            ("www.example.org", "/nm"),
            ("notcaptive.apple.com.example", "/"),
            ("evilnetworkcheck.kde.org", "/"),
            ("www.msftconnecttest.com", "/redirect"),
            ("captive.apple.com", "/generate_204/x"),
            ("www.playstation.net", "/networktest/"),
        ] {
            assert!(find(host, path).is_none(), "{host}{path}");
        }
    }
}
