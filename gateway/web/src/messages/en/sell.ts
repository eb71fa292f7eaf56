/** Texts of offering a car: the steps, and the offer's own page. */
export const sell = {
  sell: {
    title: 'Sell a car',
    lead: 'Offer your car in four short steps.',
    statusTitle: 'Your offer',
  },
}
