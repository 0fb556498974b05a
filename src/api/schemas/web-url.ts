const HOST = String.raw`(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z](?:[a-z0-9-]*[a-z0-9])?`;
const BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const PORT = "(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[0-9]{1,4})";
const CHARACTERS = String.raw`(?:[A-Za-z0-9._~:/@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*`;
const QUERY = CHARACTERS.replace(":/", ":/?");
const RESOURCE = String.raw`https?://(?:${HOST}|${BYTE}(?:\.${BYTE}){3})(?::${PORT})?(?:/${CHARACTERS})?(?:\?${QUERY})?`;

/** An absolute URI (RFC 3986) that is requested by http, without credentials and fragment. */
export const WEB_RESOURCE = new RegExp(`^${RESOURCE}$`);
/** The same of a browser's page, which may have a fragment. */
export const WEB_PAGE = new RegExp(`^${RESOURCE}(?:#${QUERY})?$`);
