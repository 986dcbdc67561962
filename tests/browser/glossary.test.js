// The pages' words in all languages, without a browser: nothing is missing, numbers have the forms that they need, one thing has one name.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { FINDINGS } from "../../src/page/assets/organizer/findings.js";

const DIR = new URL("../../src/page/assets/locales/", import.meta.url);
const PARTS = ["", ".organizer"];
const LANGUAGES = readdirSync(DIR).map((file) => file.match(/^(\w+)\.js$/)?.[1]).filter(Boolean);
/** The words of each language and part, as the pages load them. */
const words = {};
/** The terms of each language. */
const GLOSSARY = {};
for (const tag of LANGUAGES) for (const part of PARTS) {
  const module = await import(new URL(`${tag}${part}.js`, DIR));
  words[`${tag}${part}`] = module.default;
  GLOSSARY[tag] ??= module.terms;
}

const forms = (phrase) => (typeof phrase === "string" ? [phrase] : Object.values(phrase));
const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).filter((name) => name !== "count");
const bare = (phrase) => forms(phrase).join(" / ").replace(/\{\w+\}/g, "{}");
/** Each phrase with its English: `check(key, phrase, english)` tells what is wrong, or nothing. */
const faults = (tag, check) => PARTS.flatMap((part) => Object.entries(words[`${tag}${part}`]).map(([key, phrase]) => {
  const fault = check(key, phrase, words[`en${part}`][key]);
  return fault ? `${tag} ${key}: ${fault}` : "";
})).filter(Boolean);

test("there are at least 24 languages, and each says all that English does", () => {
  assert.ok(LANGUAGES.length >= 24, LANGUAGES.join());
  for (const tag of LANGUAGES) for (const part of PARTS) {
    const keys = (tag) => Object.keys(words[`${tag}${part}`]).sort();
    assert.deepEqual(keys(tag), keys("en"), `${tag}${part}`);
    for (const [key, phrase] of Object.entries(words[`${tag}${part}`])) for (const text of forms(phrase)) assert.ok(text.trim(), `${tag} ${key}`);
    assert.equal(words[tag].animals.split(",").length, words.en.animals.split(",").length, `${tag}: animals`);
  }
});

test("a phrase has the places for values that its English has", () => {
  const told = LANGUAGES.flatMap((tag) => faults(tag, (key, phrase, english) => {
    const wanted = new Set(places(forms(english).join(" ")));
    const found = new Set(places(forms(phrase).join(" ")));
    const differ = [...wanted, ...found].filter((name) => !wanted.has(name) || !found.has(name));
    const lost = typeof english === "string" && english.includes("{count}") && !forms(phrase).every((text) => text.includes("{count}"));
    return lost ? "has no {count}" : differ.join();
  }));
  assert.deepEqual(told, []);
});

test("a phrase with a number has the plural forms of its language, and says the number where a form is for several", () => {
  const told = LANGUAGES.flatMap((tag) => {
    const rules = new Intl.PluralRules(tag);
    const used = new Map();
    for (let n = 0; n <= 200; n++) used.set(rules.select(n), [...(used.get(rules.select(n)) ?? []), n]);
    return faults(tag, (key, phrase, english) => {
      if (typeof english === "string") return typeof phrase === "string" ? "" : "its English has one form";
      if (typeof phrase === "string") return "its English has forms for numbers";
      const unknown = Object.keys(phrase).filter((form) => !rules.resolvedOptions().pluralCategories.includes(form));
      const missing = [...used.keys()].filter((form) => !(form in phrase));
      // A form for one number alone may say it in words.
      const mute = Object.keys(phrase).filter((form) => (used.get(form) ?? [1, 2]).filter((n) => n > 0).length > 1 && !phrase[form].includes("{count}"));
      return [...unknown, ...missing, ...mute.map((form) => `${form} does not say the number`)].join();
    });
  });
  assert.deepEqual(told, []);
});

test("one thing has one name", () => {
  const { en } = GLOSSARY;
  const told = LANGUAGES.flatMap((tag) => {
    const terms = GLOSSARY[tag];
    assert.ok(terms, `${tag} has its terms`);
    return faults(tag, (key, phrase, english) => {
      const said = bare(phrase);
      const missing = Object.keys(en).filter((term) => !["never", "roles"].includes(term) && new RegExp(`\\b${en[term]}`, "i").test(bare(english)) && !new RegExp(terms[term], "i").test(said));
      const wrong = terms.never.filter((form) => new RegExp(form, "u").test(said));
      return [...missing.map((term) => `${term} is called ${terms[term]}`), ...wrong.map((form) => `not “${form}”`)].join("; ") && `${said} (${[...missing, ...wrong].join()})`;
    });
  });
  assert.deepEqual(told, []);
});

test("no phrase is left in English", () => {
  const told = LANGUAGES.filter((tag) => tag !== "en").flatMap((tag) => faults(tag, (key, phrase, english) => (bare(phrase).length > 20 && bare(phrase) === bare(english) ? bare(phrase) : "")));
  assert.deepEqual(told, []);
});

test("each finding of the doctor is said", () => {
  assert.deepEqual(FINDINGS.map(([, name]) => name).filter((name) => !(`org.find.${name}` in words["en.organizer"])), []);
});
