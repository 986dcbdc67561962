//! QR drawings for phones: a room's is kept for the next request, and new ones are rate-limited by device and in all, since drawing one
//! takes as long as hundreds of usual requests.

use std::{collections::VecDeque, sync::Mutex};

use bytes::Bytes;

use super::tries::Tries;
use crate::{
    appliance::qr,
    limits,
    room::{AddressTag, Bucket, Code, Rate, Refusal},
};

/// QR codes: the drawings that are kept, and the rates for new ones.
pub struct Pictures(Mutex<Kept>);

struct Kept {
    /// Text and drawing, the one used last at the end; at most [`limits::PICTURES`].
    drawn: VecDeque<(String, Bytes)>,
    /// What a device may draw in any case, whatever others do.
    first: Tries,
    tries: Tries,
    rate: Rate,
    all: Bucket,
}

impl Pictures {
    /// A store of QR drawings, still empty.
    pub fn new() -> Self {
        Self(Mutex::new(Kept {
            drawn: VecDeque::new(),
            first: Tries::new(limits::PICTURE_FIRST_RATE, limits::PICTURE_FIRST),
            tries: Tries::new(limits::PICTURE_RATE, limits::PICTURE_BURST),
            rate: Rate::new(limits::PICTURES_RATE, limits::PICTURES_BURST),
            all: Bucket::default(),
        }))
    }

    /// The QR code of a text as SVG. A secret one (`is_secret`) is not kept, because no other phone requests it.
    ///
    /// # Errors
    /// `too_long`, or `rate_limited` if it would have to be drawn.
    pub fn get(&self, text: &str, is_secret: bool, device: AddressTag, now_ms: u64) -> Result<Bytes, Refusal> {
        let lock = || self.0.lock().expect("no panic while it is locked");
        if let Some(found) = lock().find(text, device, now_ms)? {
            return Ok(found);
        }
        // Drawn without the lock: other requests go on.
        let too_long = || Refusal::new(Code::TooLong, "that is too long for a QR code");
        let picture = Bytes::from(qr::svg(text).ok_or_else(too_long)?);
        if !is_secret {
            lock().keep(text, picture.clone());
        }
        Ok(picture)
    }
}

impl Kept {
    /// A kept drawing. None if it is to be drawn, for which a try is taken.
    fn find(&mut self, text: &str, device: AddressTag, now_ms: u64) -> Result<Option<Bytes>, Refusal> {
        if let Some(at) = self.drawn.iter().position(|(drawn, _)| drawn == text) {
            let found = self.drawn.remove(at);
            let picture = found.as_ref().map(|(_, picture)| picture.clone());
            self.drawn.extend(found);
            return Ok(picture);
        }
        let tries = self.tries.take(device, now_ms);
        let taken = tries.and_then(|()| match self.first.take(device, now_ms) {
            Ok(()) => Ok(()),
            Err(_) => self.all.take(&self.rate, now_ms),
        });
        let message = "too many codes are drawn at once";
        taken.map_err(|wait_ms| Refusal::retry(Code::RateLimited, message, wait_ms))?;
        Ok(None)
    }

    fn keep(&mut self, text: &str, picture: Bytes) {
        // Another request may have drawn the same meanwhile.
        self.drawn.retain(|(drawn, _)| drawn != text);
        if self.drawn.len() >= limits::PICTURES {
            self.drawn.pop_front();
        }
        self.drawn.push_back((text.to_owned(), picture));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: AddressTag = AddressTag(1);

    fn room(number: u64) -> String {
        format!("http://192.168.4.1/r/room{number}")
    }

    #[test]
    fn a_room_is_drawn_once_and_a_flood_of_others_is_refused() {
        let pictures = Pictures::new();
        let get = |text: &str, device| pictures.get(text, false, AddressTag(device), 0);
        let hall = get(&room(0), 1).unwrap();
        assert_eq!(hall, qr::svg(&room(0)).unwrap().as_bytes());
        let others = (1..).map(|number| {
            assert_eq!(get(&room(0), 1).unwrap(), hall);
            get(&room(number), 1).map_err(|refusal| refusal.code)
        });
        let drawn = others.take_while(|drawn| *drawn != Err(Code::RateLimited)).count();
        assert_eq!(drawn + 1, limits::PICTURE_BURST as usize);
        assert_eq!(get(&room(0), 1).unwrap(), hall, "drawn before");
        assert!(get(&room(9999), 2).is_ok(), "another device");
        let each = u64::from(limits::PICTURE_FIRST) + 1;
        for device in 3..limits::PICTURES_BURST.into() {
            for number in 0..each {
                let _ = get(&room(each * device + 10_000 + number), device);
            }
        }
        for number in 1..each {
            assert!(get(&room(9_000 + number), 9_000).is_ok(), "of each device the first");
        }
        let most = get(&room(9_000), 9_000).unwrap_err();
        assert_eq!(most.code, Code::RateLimited, "many devices");
        assert!(most.retry_after_ms.is_some());
    }

    #[test]
    fn kept_drawings_are_bounded_and_the_one_used_last_stays() {
        let pictures = Pictures::new();
        for number in 0..2 * limits::PICTURES as u64 {
            let device = AddressTag(number);
            pictures.get(&room(number), false, device, number * 1000).unwrap();
            pictures.get(&room(0), false, HOME, number * 1000).unwrap();
        }
        let secret = "http://192.168.4.1/r/hall#code=ABC234";
        pictures.get(secret, true, HOME, 1_000_000).unwrap();
        let kept = pictures.0.lock().unwrap();
        assert_eq!(kept.drawn.len(), limits::PICTURES);
        let has = |text: &str| kept.drawn.iter().any(|(drawn, _)| drawn == text);
        assert!(has(&room(0)) && !has(&room(1)) && !has(secret));
    }
}
