/// A type of parameters, and how its values look in the binary format.
public struct PostgresType: Equatable, Sendable {
    enum Element: UInt32 {
        case bool = 16
        case bytea = 17
        case int8 = 20
        case int2 = 21
        case int4 = 23
        case text = 25
        case float8 = 701
        case timestamptz = 1184
        case jsonb = 3802
    }

    let element: Element
    let isArray: Bool

    private init(_ element: Element, isArray: Bool = false) {
        self.element = element
        self.isArray = isArray
    }

    public static let bool = PostgresType(.bool)
    public static let bytea = PostgresType(.bytea)
    public static let int2 = PostgresType(.int2)
    public static let int4 = PostgresType(.int4)
    public static let int8 = PostgresType(.int8)
    public static let text = PostgresType(.text)
    public static let float8 = PostgresType(.float8)
    public static let timestamptz = PostgresType(.timestamptz)
    public static let jsonb = PostgresType(.jsonb)

    public static func array(_ type: PostgresType) -> PostgresType {
        precondition(!type.isArray, "arrays have one dimension here")
        return PostgresType(type.element, isArray: true)
    }

    /// The number by which the server knows it.
    var oid: UInt32 {
        guard isArray else { return element.rawValue }
        return switch element {
        case .bool: 1000
        case .bytea: 1001
        case .int2: 1005
        case .int4: 1007
        case .text: 1009
        case .int8: 1016
        case .float8: 1022
        case .timestamptz: 1185
        case .jsonb: 3807
        }
    }
}

/// Microseconds since 1970 outside, since 2000 on the wire; the ends of Int64 are the two infinities in both.
enum PostgresTime {
    private static let epoch: Int64 = 946_684_800_000_000

    static func wire(_ unix: Int64) -> Int64 {
        if unix == .max { return .max }
        let (value, isTooEarly) = unix.subtractingReportingOverflow(epoch)
        return isTooEarly ? .min : value
    }

    static func unix(_ wire: Int64) -> Int64 {
        if wire == .min { return .min }
        let (value, isTooLate) = wire.addingReportingOverflow(epoch)
        return isTooLate ? .max : value
    }
}
