import { expect, test } from "vitest";
import { clientAddress, clientKey, isPublicAddress, isTrustedProxy } from "../../server/http/addresses.ts";

test.each([
  ..."0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.0.1".split(" "),
  ..."169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.168.1.1 192.88.99.1".split(
    " ",
  ),
  ..."198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255".split(
    " ",
  ),
  ..."::  ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:7f00:1 ::127.0.0.1 ::ffff:0:8.8.8.8".split(/ +/),
  ..."64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::1 2002:7f00:1::1 2002:808:808::1 2001:0:4136:e378::1".split(
    " ",
  ),
  ..."2001:db8::1 2001:2::1 2001:10::1 2001:20::1 3fff::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1 100::1".split(
    " ",
  ),
  ..."5f00::1 4000::1 127.1 0x7f.1 2130706433 0177.0.0.1 fe80::1%eth0 localhost 1.2.3 1.2.3.4.5".split(" "),
  "",
])("%j is not public (SSR-01, SSR-02)", (ip) => {
  expect(isPublicAddress(ip)).toBe(false);
});

test.each([
  "8.8.8.8",
  "93.184.216.34",
  "172.32.0.1",
  "100.128.0.1",
  "198.20.0.1",
  "2606:4700::1111",
  "[2a00:1450::1]",
])("%s is public", (ip) => {
  expect(isPublicAddress(ip)).toBe(true);
});

test("clients are counted by IPv4 address and by IPv6 /64 (RAT-02)", () => {
  expect(clientKey("8.8.8.8")).toBe("8.8.8.8");
  expect(clientKey("::ffff:8.8.8.8")).toBe("8.8.8.8");
  expect(clientKey("2001:db8:1:2::1")).toBe("2001:db8:1:2::/64");
  expect(clientKey("2001:db8:1:2:ffff:1:1:1")).toBe(clientKey("2001:db8:1:2::1"));
  expect(clientKey("2001:db8:1:3::1")).not.toBe(clientKey("2001:db8:1:2::1"));
  expect(clientKey("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
  expect(clientKey("what")).toBe("unknown");
});

test("proxies are trusted by network or single address, malformed entries trust nobody", () => {
  expect(isTrustedProxy("10.1.2.3", ["10.0.0.0/8"])).toBe(true);
  expect(isTrustedProxy("::ffff:10.1.2.3", ["10.0.0.0/8"])).toBe(true);
  expect(isTrustedProxy("127.0.0.1", ["127.0.0.1", "::1"])).toBe(true);
  expect(isTrustedProxy("::1", ["127.0.0.1", "::1"])).toBe(true);
  expect(isTrustedProxy("11.0.0.1", ["10.0.0.0/8", "nonsense", "10.0.0.0/99", "", "::/0"])).toBe(false);
});

const forwarded = (value: string) => new Headers({ "x-forwarded-for": value });

test("X-Forwarded-For of an untrusted peer is ignored (WEB-10)", () => {
  expect(clientAddress("8.8.8.8", forwarded("1.1.1.1"), ["10.0.0.0/8"])).toBe("8.8.8.8");
  expect(clientAddress("8.8.8.8", forwarded("1.1.1.1"), [])).toBe("8.8.8.8");
});

test("behind trusted proxies the right-most untrusted address counts, whatever the client wrote before it", () => {
  const trusted = ["10.0.0.0/8"];
  expect(clientAddress("10.0.0.1", forwarded("6.6.6.6, 9.9.9.9, 10.0.0.2"), trusted)).toBe("9.9.9.9");
  expect(clientAddress("10.0.0.1", forwarded("9.9.9.9:5123"), trusted)).toBe("9.9.9.9");
  expect(clientAddress("10.0.0.1", forwarded("[2606:4700::1]:443"), trusted)).toBe("2606:4700::1");
  expect(clientAddress("10.0.0.1", forwarded("9.9.9.9, garbage"), trusted)).toBe("10.0.0.1");
  expect(clientAddress("10.0.0.1", new Headers(), trusted)).toBe("10.0.0.1");
});
