import JSON
import Workflow

/// A consumer group with eager rebalances and range assignment. Members that stay silent too long are put out, and
/// learn of it when they come back.
final class SimGroup {
    final class Member {
        let process: Incarnation
        fileprivate(set) var held: [Int32] = []
        fileprivate var hasRejoined = false
        fileprivate var newAssignment: [Int32]?
        fileprivate var isRevoking = false
        /// Polls a member that was put out gets through before it notices.
        fileprivate var blindPolls = 0

        init(_ process: Incarnation) { self.process = process }
    }

    enum News: Equatable {
        case nothing
        case revoking([Int32])
        /// Put out of the group: gone without asking.
        case lost([Int32])
        case assigned([Int32])
    }

    struct Committed {
        var offset: Int64
        var metadata: Bytes
    }

    static let session: Microseconds = 10_000_000
    private let partitions: Int
    private var members: [Member] = []
    private var isBalancing = false
    private(set) var rebalances = 0
    var committed: [Int32: Committed] = [:]

    init(partitions: Int) { self.partitions = partitions }

    func contains(_ member: Member) -> Bool { members.contains { $0 === member } }
    /// May commit: in the group, and holding what it commits.
    func accepts(_ member: Member, _ partition: Int32) -> Bool { contains(member) && member.held.contains(partition) }

    func join(_ member: Member) {
        members.append(member)
        rebalance()
    }

    func leave(_ member: Member) {
        guard contains(member) else { return }
        members.removeAll { $0 === member }
        member.held = []
        rebalance()
    }

    /// Puts out members that were silent for a session.
    func expire(now: Microseconds, blindness: () -> Int) {
        for member in members {
            guard let since = member.process.silentSince, now - since > Self.session else { continue }
            member.blindPolls = blindness()
            members.removeAll { $0 === member }
            rebalance()
        }
    }

    private func rebalance() {
        isBalancing = true
        rebalances += 1
        for member in members { (member.hasRejoined, member.newAssignment, member.isRevoking) = (false, nil, false) }
    }

    /// What a member learns by polling. A revocation has to be answered by `released`.
    func poll(_ member: Member) -> News {
        guard contains(member) else { return notice(member) }
        if isBalancing, !member.hasRejoined {
            if member.isRevoking { return .nothing }
            guard member.held.isEmpty else {
                member.isRevoking = true
                return .revoking(member.held)
            }
            rejoin(member)
        }
        guard let assignment = member.newAssignment else { return .nothing }
        member.newAssignment = nil
        return .assigned(assignment)
    }

    private func notice(_ member: Member) -> News {
        if member.blindPolls > 0 {
            member.blindPolls -= 1
            return .nothing
        }
        let held = member.held
        member.held = []
        join(member)
        return held.isEmpty ? .nothing : .lost(held)
    }

    func released(_ member: Member) {
        member.held = []
        guard contains(member), member.isRevoking else { return }
        member.isRevoking = false
        rejoin(member)
    }

    private func rejoin(_ member: Member) {
        member.hasRejoined = true
        guard members.allSatisfy(\.hasRejoined) else { return }
        isBalancing = false
        var next = 0
        for (index, member) in members.enumerated() {
            let count = partitions / members.count + (index < partitions % members.count ? 1 : 0)
            member.held = (next..<next + count).map { Int32($0) }
            member.newAssignment = member.held
            next += count
        }
    }
}
