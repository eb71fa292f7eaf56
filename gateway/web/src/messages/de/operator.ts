import type { operator as english } from '../en/operator'

export const operator: typeof english = {
  site: {
    imprintTitle: 'Impressum',
    privacyTitle: 'Datenschutz',
    missingTitle: 'Der Betreiber hat das noch nicht geschrieben',
    missingText: (variable: string) =>
      `Wer diese Installation betreibt, setzt ${variable} auf eine Textdatei. Was darin steht, erscheint nach einem Neustart hier.`,
    missingForReaders: 'Wenn Sie den Betreiber erreichen müssen, fragen Sie bei dem nach, von dem Sie diese Adresse haben.',
  },
  users: {
    title: 'Nutzer',
    lead: 'Wer sich registriert, ist Kunde. Vergewissern Sie sich, wem ein Konto gehört, bevor Sie ihm eine Rolle geben.',
    table: 'Konten',
    name: 'Name',
    email: 'E-Mail',
    role: 'Rolle',
    since: 'Seit',
    you: 'Sie',
    roleOf: (name: string) => `Rolle von ${name}`,
    roleChanged: (name: string, role: string) => `${name} ist jetzt: ${role}.`,
    resetLink: 'Passwort-Link',
    resetTitle: (name: string) => `Ein neues Passwort für ${name}`,
    resetText: (until: string) => `Mit diesem Link lässt sich bis ${until} einmal ein neues Passwort setzen. Geben Sie ihn nur dieser Person.`,
    resetMailed: 'Er wurde auch per E-Mail geschickt.',
    resetLinkLabel: 'Link',
    demoteTitle: 'Kein Administrator mehr sein?',
    demoteText: 'Sie sehen diese Seite dann nicht mehr. Ein anderer Administrator muss Sie wieder dazu machen.',
    demote: 'Meine Rolle ändern',
    emptyTitle: 'Keine Konten',
    emptyText: 'Bisher hat sich niemand registriert.',
  },
}
