// An example: copy it, and change what is yours. No secret belongs in here.
using './main.bicep'

param baseName = 'itbranches'

// See what would be done first; then false.
param dryRun = true

param boardsOrganization = 'your-organization'
param boardsTimeZone = 'Europe/Berlin'

param planetScaleOrganization = 'your-organization'
param planetScaleServiceTokenId = 'your-service-token-id'

param trackDefaults = {
  Retire: 'Keep'
  LeadTime: '3'
}

param tracks = {
  orders: {
    Project: 'Shop'
    Team: 'Orders'
    Database: 'orders'
  }
  billing: {
    Project: 'Shop'
    IterationRoot: 'Billing'
    Database: 'billing'
    Retire: 'Revoke'
    GitBranches: 'release/*,hotfix/*'
  }
}

param alertEmails = []
