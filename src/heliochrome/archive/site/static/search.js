/* Full-text search over an index in buckets: a word's bucket follows from its first two letters,
   so that a search loads as many buckets as it has words. */
"use strict";
heliochrome.search = (() => {
  const PREFIX_WORTH = 0.6; // of a whole word's score
  const WORD = /[\p{L}\p{N}]+/gu;
  // Letters that Unicode does not decompose, as people type them who lack them.
  const PLAIN = {
    æ: "ae", ð: "d", đ: "d", ı: "i", ł: "l", ø: "o", œ: "oe", ß: "ss", þ: "th",
  };
  const IDEOGRAPH = /[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/u;

  /** The words of a text, without case and accents. Languages written without spaces give pairs. */
  function words(text) {
    const bare = text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
    const plain = bare.replace(/[æðđıłøœßþ]/g, (letter) => PLAIN[letter]);
    return (plain.match(WORD) ?? []).flatMap(split);
  }

  function split(word) {
    const letters = [...word];
    if (letters.length < 2 || !letters.some((letter) => IDEOGRAPH.test(letter))) return [word];
    return letters.slice(1).map((letter, index) => letters[index] + letter);
  }

  function bucket(word, buckets) {
    const [first, second] = [...word];
    return (first.codePointAt(0) * 65599 + (second?.codePointAt(0) ?? 0)) % buckets;
  }

  /** Scores of the items that have every word of the query, by item number. */
  async function search(query, catalog) {
    const wanted = [...new Set(words(query))];
    let found = null;
    for (const word of wanted) {
      const index = await heliochrome.load(`index/${bucket(word, catalog.buckets)}`);
      const scores = scoresOf(word, index, catalog.count);
      found = found === null ? scores : both(found, scores);
    }
    return found;
  }

  function scoresOf(word, index, count) {
    const scores = new Map();
    for (const [known, postings] of Object.entries(index)) {
      if (!matches(known, word)) continue;
      const rarity = Math.log(1 + (2 * count) / postings.length);
      const worth = known === word ? rarity : rarity * PREFIX_WORTH;
      for (let at = 0; at < postings.length; at += 2) {
        const score = postings[at + 1] * worth;
        if (score > (scores.get(postings[at]) ?? 0)) scores.set(postings[at], score);
      }
    }
    return scores;
  }

  // One letter alone is no beginning: the words that begin with it are in many buckets.
  function matches(known, word) {
    return known === word || ([...word].length > 1 && known.startsWith(word));
  }

  function both(some, others) {
    const common = new Map();
    for (const [item, score] of some) {
      if (others.has(item)) common.set(item, score + others.get(item));
    }
    return common;
  }

  return Object.assign(search, { words, bucket });
})();
