/**
 * The scripts in use today (UAX #31, tables 5 and 7). Letters of other scripts are in no set, so texts with them are
 * refused.
 */
const SCRIPTS = (
  'Adlm Arab Armn Bali Bamu Batk Beng Bopo Cakm Cans Cham Cher Cyrl Deva Ethi Geor Grek Gujr Guru Hang Hani ' +
  'Hebr Hira Hmnp Java Kali Kana Khmr Knda Laoo Latn Lepc Limb Lisu Mand Mlym Mong Mtei Mymr Newa Nkoo Olck ' +
  'Orya Osge Plrd Rohg Saur Sinh Sund Sylo Syrc Tale Talu Taml Tavt Telu Tfng Thaa Thai Tibt Vaii Wcho Yiii'
).split(' ')

/** Scripts that are written together: Japanese, Korean, Chinese with its phonetic signs (UTS #39, section 5.1). */
const TOGETHER = [
  ['Hani', 'Hira', 'Kana'],
  ['Hani', 'Hang'],
  ['Hani', 'Bopo']
]

/**
 * One pattern per set of scripts, with the characters that every script uses. A letter of several scripts matches each
 * of them (UAX #24).
 */
const TEXTS = [...SCRIPTS.map((script) => [script]), ...TOGETHER].map((scripts) => {
  const letters = [...scripts, 'Zyyy', 'Zinh'].map((script) => `\\p{scx=${script}}`)
  return new RegExp(`^[${letters.join('')}]*$`, 'u')
})

/** Whether a text is single-script (UTS #39, section 5.1): `admin` with a Cyrillic `а` is not. */
export function writtenInOneScript(text: string): boolean {
  return TEXTS.some((single) => single.test(text))
}
