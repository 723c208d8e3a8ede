/** IPv4 blocks that are not the public internet, as [first address, prefix length]. */
const SPECIAL_IPV4: [string, number][] = [
  ['0.0.0.0', 8], // this host
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier NAT, and the metadata service of Alibaba
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // the host agent of Azure
  ['169.254.0.0', 16], // link-local, and the metadata services of most clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments, and the metadata service of Oracle
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 3], // multicast, reserved, broadcast
];

/** Parts of 2000::/3 (all that is given out as public IPv6) that are not, as [groups, prefix length]. */
const SPECIAL_IPV6: [number[], number][] = [
  [[0x2001, 0], 23], // Teredo, ORCHID and other protocol assignments
  [[0x2001, 0xdb8], 32], // documentation
  [[0x2002], 16], // 6to4, which carries any IPv4 address inside
  [[0x3fff], 20], // documentation
];

/** Tells whether an IPv4 or IPv6 address belongs to the public internet; whatever it cannot read does not. */
export function isPublicAddress(address: string): boolean {
  if (/^\d+(?:\.\d+){3}$/.test(address)) return isPublicIpv4(ipv4Number(address));
  const groups = ipv6Groups(address);
  return groups !== undefined && isPublicIpv6(groups);
}

function isPublicIpv4(value: number): boolean {
  if (!(value >= 0 && value < 2 ** 32)) return false;
  return !SPECIAL_IPV4.some(([first, length]) => {
    const size = 2 ** (32 - length);
    return Math.floor(value / size) === Math.floor(ipv4Number(first) / size);
  });
}

function ipv4Number(address: string): number {
  const bytes = address.split('.').map(Number);
  // Some resolvers read 0177 as octal, so only the plain spelling is an address.
  const isPlain = bytes.join('.') === address && bytes.every((byte) => byte <= 255);
  return isPlain ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : NaN;
}

function isPublicIpv6(groups: number[]): boolean {
  // IPv4-mapped and NAT64 addresses lead to the IPv4 address in their last 32 bits.
  if (startsWith(groups, [0, 0, 0, 0, 0, 0xffff], 96) || startsWith(groups, [0x64, 0xff9b], 96)) {
    return isPublicIpv4((groups[6] ?? 0) * 65536 + (groups[7] ?? 0));
  }
  return startsWith(groups, [0x2000], 3) &&
    !SPECIAL_IPV6.some(([first, length]) => startsWith(groups, first, length));
}

function startsWith(groups: number[], first: number[], length: number): boolean {
  return groups.every((group, index) => {
    const bits = Math.min(Math.max(length - index * 16, 0), 16);
    return group >> (16 - bits) === (first[index] ?? 0) >> (16 - bits);
  });
}

// The URL parser reads every spelling, dotted tails among them, and writes one.
function ipv6Groups(address: string): number[] | undefined {
  if (!URL.canParse(`http://[${address}]`)) return undefined;
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = text.split('::').map((half) =>
    half === '' ? [] : half.split(':').map((group) => parseInt(group, 16))
  );
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
