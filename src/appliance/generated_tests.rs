use super::*;
use crate::appliance::subnet::Subnet;

/// Values of lines `key=value`, as hostapd and dnsmasq read them.
fn lines<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let value = |line: &'a str| {
        line.split_once('=')
            .filter(|(found, _)| *found == key)
            .map(|(_, value)| value)
    };
    text.lines().filter_map(value).collect()
}

#[test]
fn dnsmasq_answers_everything_with_the_box_and_gives_no_more_addresses_than_there_are() {
    let settings = BoxSettings {
        subnet: Subnet::parse("172.20.0.0/24").unwrap(),
        ..BoxSettings::default()
    };
    let text = dnsmasq(&settings);
    assert_eq!(
        lines(&text, "address"),
        ["/#/172.20.0.1", "/dns.msftncsi.com/131.107.255.255"]
    );
    assert_eq!(
        lines(&text, "local"),
        [
            "/#/",
            "/wpad/",
            "/wpad.lan/",
            "/use-application-dns.net/",
            "/mask.icloud.com/",
            "/mask-h2.icloud.com/"
        ]
    );
    assert_eq!(
        lines(&text, "dhcp-range"),
        ["172.20.0.10,172.20.0.254,255.255.255.0,7200"]
    );
    assert_eq!(lines(&text, "dhcp-lease-max"), ["245"]);
    assert_eq!(lines(&text, "interface"), ["lan"]);
}

#[test]
fn a_certificate_opens_its_port_and_leads_phones_to_its_name() {
    let with = |https| BoxSettings {
        https,
        ..BoxSettings::default()
    };
    let named = with(Https::Named("chat.example.org".into()));
    for (settings, is_open) in [(&with(Https::Off), false), (&with(Https::Quiet), true), (&named, true)] {
        assert_eq!(
            nftables(settings).contains("tcp dport { 80, 443, 8080 } accept"),
            is_open
        );
        assert_eq!(nftables(settings).contains("tcp dport { 80, 8080 } accept"), !is_open);
    }
    let text = dnsmasq(&named);
    assert!(
        lines(&text, "address").contains(&"/chat.example.org/10.42.0.1"),
        "{text}"
    );
    let option = |settings: &BoxSettings| {
        let text = dnsmasq(settings);
        let options = lines(&text, "dhcp-option").into_iter().map(str::to_owned);
        options.filter(|option| option.starts_with("114,")).collect::<Vec<_>>()
    };
    assert_eq!(option(&named), ["114,https://chat.example.org/portal/api"]);
    let silent = BoxSettings { portal: false, ..named };
    for settings in [silent, with(Https::Quiet), with(Https::Off)] {
        assert_eq!(option(&settings), [""; 0]);
    }
}

#[test]
fn phones_reach_the_services_and_nothing_else() {
    let text = nftables(&BoxSettings::default());
    let input = &text[text.find("chain input").unwrap()..text.find("chain forward").unwrap()];
    assert!(input.contains("policy drop"));
    let accepted: Vec<_> = input
        .lines()
        .map(str::trim)
        .filter(|line| line.contains("dport") && line.ends_with("accept"))
        .collect();
    assert_eq!(
        accepted,
        [
            "tcp dport { 80, 8080 } accept",
            "udp dport 5353 accept",
            "iifname \"lan\" udp dport { 53, 67 } accept",
            "iifname \"lan\" tcp dport 53 accept",
            "iifname != \"lan\" udp sport 67 udp dport 68 accept",
        ]
    );
    assert!(text.contains("table bridge box"));
    let open = BoxSettings {
        isolation: false,
        ..BoxSettings::default()
    };
    assert!(!nftables(&open).contains("bridge"));
}

#[test]
fn ethernet_is_a_guest_or_the_phones_own() {
    let find = |settings: &BoxSettings, name: &str| {
        network(settings)
            .into_iter()
            .find(|file| file.0 == name)
            .map(|file| file.1)
    };
    let mut settings = BoxSettings::default();
    assert!(find(&settings, "20-ethernet.network").unwrap().contains("DHCP=ipv4"));
    assert!(
        find(&settings, "10-lan.network")
            .unwrap()
            .contains("Address=10.42.0.1/22")
    );
    settings.wifi = false;
    assert_eq!(find(&settings, "10-lan.network"), None);
    settings.ethernet = Ethernet::AccessPoint;
    let text = find(&settings, "20-ethernet.network").unwrap();
    assert!(text.contains("Bridge=lan") && !text.contains("DHCP"), "{text}");
    assert!(find(&settings, "10-lan.netdev").unwrap().contains("Kind=bridge"));
}
