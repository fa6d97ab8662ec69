/**
 * Text that came from a capture, a file name or a host's output, made safe to show.
 *
 * Control characters can move a terminal's cursor or set its title, bidirectional overrides and
 * zero-width characters can make a name read as another one. All of them are shown as `\xNN` or
 * `\u{…}` instead. The list is Unicode's own: the categories Cc, Cf, Cs, Co, Zl and Zp, every
 * default-ignorable character, and every space but U+0020.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;
const PLAIN_ASCII = /^[ -~]*$/;

/** The text with every character that a reader could not see, or a terminal would obey, spelt out. One line. */
export function printable(text: string): string {
  if (PLAIN_ASCII.test(text)) return text;
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Printable text for HTML and SVG, as content or inside a quoted attribute. */
export function htmlText(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => HTML_ENTITIES[character]!);
}

const JSON_UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;
const JSON_ASCII = /^[\n -~]*$/;

/**
 * A serialised JSON text with the same characters written as `\uXXXX`. Its value is unchanged:
 * outside strings JSON has none of these characters except line feeds, which stay.
 */
export function jsonText(json: string): string {
  if (JSON_ASCII.test(json)) return json;
  return json.replace(JSON_UNPRINTABLE, (character) => {
    let escaped = '';
    for (let i = 0; i < character.length; i++) {
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}
