import type { paths } from './schema'

/** The body of a response or request, whatever its media type. */
type Body<T> = T extends { content: infer C } ? C[keyof C] : never

type Valuations = paths['/api/v1/valuations']['post']

export type ValuationRequest = Body<NonNullable<Valuations['requestBody']>>
export type Valuation = Body<Valuations['responses'][200]>
export type Contribution = Valuation['contributions'][number]
export type Deal = NonNullable<Valuation['deal']>
export type Problem = Body<Valuations['responses'][422]>
export type FieldProblem = NonNullable<Problem['errors']>[number]

export type Comparables = Body<paths['/api/v1/valuations/comparables']['post']['responses'][200]>
export type Comparable = Comparables['comparables'][number]
export type Market = Body<paths['/api/v1/market']['get']['responses'][200]>

export type Report = Body<NonNullable<paths['/api/v1/valuations/{valuation_id}/reports']['post']['requestBody']>>
export type NewCar = Body<NonNullable<paths['/api/v1/cars']['post']['requestBody']>>
export type Offer = Body<paths['/api/v1/offers/{code}']['get']['responses'][200]>

export type Filters = Body<paths['/api/v1/filters']['get']['responses'][200]>
export type FilterQuery = NonNullable<paths['/api/v1/filters']['get']['parameters']['query']>
export type Option = Filters['makes'][number]

export type ModelCard = Body<paths['/api/v1/models/{version}']['get']['responses'][200]>
export type Segment = ModelCard['segments'][number]

export type Coefficients = Body<paths['/api/v1/coefficients']['get']['responses'][200]>
export type FeatureCoefficients = Coefficients['features'][number]
export type CoefficientPoint = FeatureCoefficients['points'][number]

export type User = Body<paths['/api/v1/users/me']['get']['responses'][200]>
export type Role = User['role']
export type Token = Body<paths['/api/v1/tokens']['get']['responses'][200]>['tokens'][number]
export type Scope = Token['scopes'][number]
