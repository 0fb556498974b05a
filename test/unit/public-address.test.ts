import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { isPublicAddress, judgeUrl, lookupPublic } from "../../src/providers/webhook/public-address.js";

describe("an address is public", () => {
  test.each(["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"])(
    "such as %s",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  test.each([
    ["this machine", ["127.0.0.1", "127.1.2.3", "::1", "0.0.0.0", "::"]],
    ["private", ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"]],
    ["of a link", ["169.254.169.254", "fe80::1"]],
    ["shared by a carrier", ["100.64.0.1", "100.127.255.255"]],
    ["multicast or broadcast", ["224.0.0.1", "239.1.1.1", "255.255.255.255", "ff02::1"]],
    ["reserved", ["240.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "fec0::1"]],
    ["IPv4 within IPv6", ["::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::7f00:1"]],
    ["no address", ["", "localhost", "1.2.3", "1.2.3.4.5"]],
  ])("and not what is %s", (_, addresses) => {
    expect(addresses.filter((address) => isPublicAddress(address))).toEqual([]);
  });
});

describe("a name is looked up for a connection", () => {
  const lookUp = promisify(lookupPublic);

  test.each([{ all: true }, { all: false }, { family: 4 }])(
    "and refused where it leads to this machine (%j)",
    async (options) => {
      await expect(lookUp("localhost", options)).rejects.toMatchObject({ code: "ADDRESS_NOT_ALLOWED" });
    },
  );

  test("and gives the addresses that were judged", async () => {
    expect(await lookUp("1.1.1.1", { all: true })).toEqual([{ address: "1.1.1.1", family: 4 }]);
  });
});

describe("a URL", () => {
  test.each(["https://shop.example/events", "https://1.1.1.1:8443/", "https://[2606:4700:4700::1111]/"])(
    "%s may be delivered to",
    (url) => expect(judgeUrl(url, false)).toBeNull(),
  );

  test.each([
    "http://shop.example/",
    "https://127.1/",
    "https://0177.0.0.1/",
    "https://[::ffff:7f00:1]/",
    "shop.example",
  ])("%s may not", (url) => expect(judgeUrl(url, false)).not.toBeNull());

  test("may be delivered to wherever it leads where private addresses are allowed", () => {
    expect(judgeUrl("http://127.0.0.1:8080/events", true)).toBeNull();
  });
});
