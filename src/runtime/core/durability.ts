/**
 * On how many relays a version must be stored, as read-backs show, before its writes count as durable: on two, so that one relay may lose it; on
 * one where only one is configured, on none where nothing leaves the device (R of docs/protocol.md, section 4).
 * @param relayCount relays configured; one that is down still counts.
 */
export function durableRelayCount(relayCount: number): number {
  return Math.min(2, relayCount);
}
