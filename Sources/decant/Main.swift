import ArgumentParser
@main struct Decant: ParsableCommand {}
