//! What images are made of: content-addressed layers, some of which images share (ACR-1).

use crate::model::operation::{Key, WriteId};

/// A blob, by what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blob {
    /// A layer of a base image: its family, and its number there.
    Base(u32, u32),
    /// A layer that only the images of one push have: the manifest, and the layer's number.
    Own(Digest, u32),
    /// Layers that were pushed to the replica of this name while time was jumped over, by its event's number.
    Left(u32, u64),
}

/// A manifest, by what is in it: the push that made it. Pushing the same again gives the same digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest {
    /// The tag it was first pushed to.
    pub key: Key,
    /// The push.
    pub write: WriteId,
}

impl Digest {
    /// The image that a tag has at the start.
    pub fn first(key: Key) -> Digest {
        Digest { key, write: WriteId::INITIAL }
    }
}

/// A blob with its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer {
    /// Which.
    pub blob: Blob,
    /// Bytes.
    pub bytes: u64,
}

/// Bytes of a manifest with its configuration (assumed: a few kilobytes of JSON).
pub const MANIFEST_BYTES: u64 = 8 * 1024;

/// How images are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// How many base images there are; tags take them by turns.
    pub families: u32,
    /// Sizes of the layers of each.
    pub base: Vec<u64>,
    /// Into how many layers an image's own bytes are divided.
    pub own: u32,
    /// The own bytes of the images that are there at the start.
    pub first: u64,
    /// Tags that are there at the start.
    pub tags: u64,
}

impl Recipe {
    /// The layers of an image, those of its base first; `bytes` are its own.
    pub fn layers(&self, digest: Digest, bytes: u64) -> Vec<Layer> {
        let family = (digest.key.number() % u64::from(self.families.max(1))) as u32;
        let base = self.base.iter().enumerate();
        let base = base.map(|(i, bytes)| Layer { blob: Blob::Base(family, i as u32), bytes: *bytes });
        base.chain(self.own_layers(digest, bytes)).collect()
    }

    fn own_layers(&self, digest: Digest, bytes: u64) -> impl Iterator<Item = Layer> {
        let n = u64::from(self.own.max(1));
        let of = move |i: u64| bytes / n + u64::from(i < bytes % n);
        (0..n).map(move |i| Layer { blob: Blob::Own(digest, i as u32), bytes: of(i) })
    }

    /// The digests and own bytes of the images that are there at the start.
    pub fn first_images(&self) -> impl Iterator<Item = (Digest, u64)> + '_ {
        (0..self.tags).map(|n| (Digest::first(Key::register(n)), self.first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_one_family_share_their_base_and_nothing_else() {
        let recipe = Recipe { families: 2, base: vec![100, 50], own: 3, first: 9, tags: 4 };
        let image = |key, write| Digest { key: Key::register(key), write: WriteId(write) };
        let (a, b, c) = (image(0, 5), image(2, 6), image(1, 7));
        let layers = |digest| recipe.layers(digest, 10);
        let shared = |x: &[Layer], y: &[Layer]| x.iter().filter(|l| y.contains(l)).count();
        assert_eq!(shared(&layers(a), &layers(b)), 2);
        assert_eq!(shared(&layers(a), &layers(c)), 0);
        assert_eq!(layers(a).iter().map(|l| l.bytes).collect::<Vec<_>>(), [100, 50, 4, 3, 3]);
        assert_eq!(layers(a), layers(a));
        assert_eq!(recipe.first_images().count(), 4);
    }
}
