import HTTP
import Testing

@Suite struct HTTPErrorTests {
    @Test func `a request that never left is told from one without an answer`() {
        #expect(HTTPError.notSent("x") != HTTPError.unanswered("x"))
    }
}
