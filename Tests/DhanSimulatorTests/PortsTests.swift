import DhanSimulator
import Testing

@Suite struct PortsTests {
    @Test func `each server has a port of its own`() {
        let ports = SimulatorPorts(rest: 1, orders: 2, feed: 3)
        #expect(Set([ports.rest, ports.orders, ports.feed]).count == 3)
    }
}
