// Maps the doctor's sentences to catalogue keys, so that the page shows each in its language with its value.

/** @type {[RegExp, string][]} */
export const FINDINGS = [
  [/^The (?:card|disk) is full: (\S+) MB/, "full"],
  [/^The card's file system has had (\S+) errors/, "damaged"],
  [/^The memory of the board \(.*\) is nearly worn out/, "worn"],
  [/^The card's data part is not there/, "noData"],
  [/^The card can't be written/, "readOnly"],
  [/^The last update did not serve/, "wentBack"],
  [/^The clock is (?:not set|behind)/, "clock"],
  [/^What is said is not kept/, "notKept"],
  [/^The power supply is too weak/, "power"],
  [/^The board is too hot/, "hot"],
  [/^chatterbox\.toml has mistakes \((\S+)\)/, "mistakes"],
  [/^chatterbox\.toml has a mistake/, "mistake"],
  [/^The card to print/, "printed"],
  [/^A power cut ended an update/, "cut"],
  [/^The update (\S+) was not taken/, "refused"],
  [/^The USB stick is full/, "stickFull"],
  [/^The transcripts can't be saved to the USB stick/, "stick"],
  [/^There is no Wi-Fi radio/, "noRadio"],
  [/^The Wi-Fi radio is switched off/, "radioOff"],
  [/^The Wi-Fi is not there/, "noWifi"],
  [/^No country is set/, "country"],
  [/^(\S+) phones are here/, "crowded"],
  [/^Phones get no addresses/, "noAddresses"],
  [/^All (\S+) addresses are given out/, "allAddresses"],
  [/^The subnet (\S+) is from the public range/, "publicSubnet"],
  [/^The certificate's file (\S+) can't be used/, "certFile"],
  [/^The certificate's key belongs/, "certKey"],
  [/^The certificate has no host name/, "certName"],
  [/^The certificate expired on (\S+)\./, "certExpired"],
  [/^The certificate is not valid before (\S+)\./, "certEarly"],
  [/^The server does not answer/, "silent"],
  [/^What was said is damaged/, "database"],
  [/^The file with the messages was damaged.* as (\S+) in/, "asideDatabase"],
  [/^The key of people's identities was damaged.* as (\S+) in/, "asideIdentities"],
  [/^The organizer's key was damaged.* as (\S+) in/, "asideOrganizer"],
  [/^Another box has the same keys/, "twin"],
];

/** Key and value of a sentence, or `null` for an unknown one of another version. @param {string} sentence */
export function finding(sentence) {
  for (const [form, name] of FINDINGS) {
    const found = sentence.match(form);
    if (found) return { name, value: found[1] ?? "" };
  }
  return null;
}
