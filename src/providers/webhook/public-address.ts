import { lookup as lookUp } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** Global unicast (RFC 4291): all that is assigned to hosts of the public internet. */
const GLOBAL = ipaddr.parseCIDR("2000::/3") as [ipaddr.IPv6, number];

/**
 * Whether an address is of the public internet: none that is private, local to a link or a machine, shared, reserved or
 * multicast, in whatever form it is embedded in IPv6.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address); // an IPv4-mapped address is its IPv4 address
  return parsed.range() === "unicast" && (parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL));
}

/** A URL, or the name of its host, leads to an address that events are not delivered to. */
export class AddressNotAllowedError extends Error {
  override readonly name = "AddressNotAllowedError";
  readonly code = "ADDRESS_NOT_ALLOWED";
}

/**
 * Looks a name up for a connection and refuses it when any of its addresses is not public. The connection is made to what
 * was judged, so a name that leads to another address a moment later changes nothing.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const isAllowed = addresses.length > 0 && addresses.every(({ address }) => isPublicAddress(address));
    if (!isAllowed) return callback(new AddressNotAllowedError("the name leads to an address that is not public"), []);
    const [first] = addresses;
    if (options.all || !first) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};

/** The address that a URL names in place of a host's name; null where it names a host. */
function literalOf(url: URL): string | null {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return isIP(host) === 0 ? null : host;
}

/** Why no event is delivered to a URL, as far as the URL says; null where one may be, if its name allows. */
export function judgeUrl(url: string, allowPrivate: boolean): string | null {
  if (!URL.canParse(url)) return "must be an absolute URL";
  if (allowPrivate) return null;
  const parsed = new URL(url);
  if (parsed.protocol !== "https:") return "must be an https URL";
  const literal = literalOf(parsed);
  return literal === null || isPublicAddress(literal) ? null : "must be a public address";
}
