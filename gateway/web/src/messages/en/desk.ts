/** Texts of the dealer's desk: offers and stock, a car's page, batches. */
export const desk = {
  desk: {
    title: 'Desk',
    carTitle: 'Car',
    batchTitle: 'Batch valuation',
  },
}
