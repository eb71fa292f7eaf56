/** Texts of what the operator writes or sees: imprint, privacy, users. */
export const operator = {
  site: {
    imprintTitle: 'Imprint',
    privacyTitle: 'Privacy',
    missingTitle: 'The operator has not written this yet',
    missingText: (variable: string) =>
      `Whoever runs this installation sets ${variable} to a text file. What stands in it is shown here after a restart.`,
    missingForReaders: 'If you need to reach the operator, ask whoever gave you this address.',
  },
  users: {
    title: 'Users',
    lead: 'Whoever registers is a customer. Make sure whose an account is before you give it a role.',
    table: 'Accounts',
    name: 'Name',
    email: 'E-mail',
    role: 'Role',
    since: 'Since',
    you: 'you',
    roleOf: (name: string) => `Role of ${name}`,
    roleChanged: (name: string, role: string) => `${name} is now: ${role}.`,
    resetLink: 'Password link',
    resetTitle: (name: string) => `A new password for ${name}`,
    resetText: (until: string) => `This link sets a new password, once, until ${until}. Give it to this person alone.`,
    resetMailed: 'It was also sent by e-mail.',
    resetLinkLabel: 'Link',
    demoteTitle: 'Give up being an admin?',
    demoteText: 'You will no longer see this page. Another admin must make you one again.',
    demote: 'Change my role',
    emptyTitle: 'No accounts',
    emptyText: 'Nobody has registered yet.',
  },
}
